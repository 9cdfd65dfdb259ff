package main

import (
	"context"
	"encoding/json"
	"os"
	"sync"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
)

// findingsVariable names the file to note findings in, one JSON object a line. The engine stops at the first resource whose
// check fails; a judged preview goes on, so that one run finds all there is to find.
const findingsVariable = "SALEDAY_CONFORMANCE_FINDINGS"

type findings struct {
	mutex sync.Mutex
	file  *os.File
}

// finding is one thing the provider said of one resource, or of one function under its token. Step is check, plan or seen: the
// last says that it was judged at all, which silence alone would not. Step inputs holds what the program gave.
type finding struct {
	URN      string `json:"urn"`
	Step     string `json:"step"`
	Property string `json:"property,omitempty"`
	Reason   string `json:"reason,omitempty"`

	Inputs json.RawMessage `json:"inputs,omitempty"`
}

func openFindings() (*findings, error) {
	path := os.Getenv(findingsVariable)
	if path == "" {
		return nil, nil
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &findings{file: file}, nil
}

// note appends one line in one write, so that the plugin's several processes don't mix theirs.
func (f *findings) note(found finding) error {
	line, err := json.Marshal(found)
	if err != nil {
		return err
	}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	_, err = f.file.Write(append(line, '\n'))
	return err
}

// noting notes what a check or a plan finds, and lets the preview go on. For previews alone: nothing is ever made.
type noting struct {
	pulumirpc.ResourceProviderServer
	findings *findings
}

func (n *noting) Check(ctx context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	inputs, err := protojson.Marshal(req.GetNews())
	if err != nil {
		return nil, err
	}
	if err := n.findings.note(finding{URN: req.GetUrn(), Step: "inputs", Inputs: inputs}); err != nil {
		return nil, err
	}
	response, err := n.ResourceProviderServer.Check(ctx, req)
	if err != nil {
		note := finding{URN: req.GetUrn(), Step: "check", Reason: status.Convert(err).Message()}
		return &pulumirpc.CheckResponse{Inputs: req.GetNews()}, n.findings.note(note)
	}
	for _, failure := range response.Failures {
		note := finding{URN: req.GetUrn(), Step: "check", Property: failure.Property, Reason: failure.Reason}
		if err := n.findings.note(note); err != nil {
			return nil, err
		}
	}
	response.Failures = nil
	return response, nil
}

func (n *noting) Create(ctx context.Context, req *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	if !req.GetPreview() {
		return nil, status.Errorf(codes.FailedPrecondition, "%s is set: this plugin judges previews and makes nothing", findingsVariable)
	}
	response, err := n.ResourceProviderServer.Create(ctx, req)
	if err != nil {
		note := finding{URN: req.GetUrn(), Step: "plan", Reason: status.Convert(err).Message()}
		return &pulumirpc.CreateResponse{Properties: req.GetProperties()}, n.findings.note(note)
	}
	return response, n.findings.note(finding{URN: req.GetUrn(), Step: "seen"})
}

func (n *noting) Invoke(ctx context.Context, req *pulumirpc.InvokeRequest) (*pulumirpc.InvokeResponse, error) {
	response, err := n.ResourceProviderServer.Invoke(ctx, req)
	if err != nil {
		return nil, err // the program can't go on without an answer, so the engine says what is wrong
	}
	return response, n.findings.note(finding{URN: req.GetTok(), Step: "seen"})
}
