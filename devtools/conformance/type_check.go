package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/typechecker"
	pschema "github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	rprovider "github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// strict refuses what the bridge would drop or coerce in silence: a property the provider doesn't know, or one of another
// shape. Without it such a property would never be judged.
type strict struct {
	pulumirpc.ResourceProviderServer
	resources *typechecker.TypeChecker
	functions *typechecker.TypeChecker
}

type makeServer = func(*rprovider.HostClient) (pulumirpc.ResourceProviderServer, error)

// judging makes the server that the engine talks to: strict, and where findings are asked for, noting instead of failing.
func judging(server makeServer, schema []byte, findings *findings) makeServer {
	return func(host *rprovider.HostClient) (pulumirpc.ResourceProviderServer, error) {
		var spec pschema.PackageSpec
		if err := json.Unmarshal(schema, &spec); err != nil {
			return nil, fmt.Errorf("package schema: %w", err)
		}
		inner, err := server(host)
		if err != nil {
			return nil, err
		}
		// The checker knows resources alone: a function's arguments are checked as if they were one's.
		functions := pschema.PackageSpec{Types: spec.Types, Resources: map[string]pschema.ResourceSpec{}}
		for token, function := range spec.Functions {
			inputs := map[string]pschema.PropertySpec{}
			if function.Inputs != nil {
				inputs = function.Inputs.Properties
			}
			functions.Resources[token] = pschema.ResourceSpec{InputProperties: inputs}
		}
		judge := &strict{inner, typechecker.New(spec, true), typechecker.New(functions, true)}
		if findings == nil {
			return inPart(judge)
		}
		return &noting{remember(judge), findings}, nil
	}
}

func (s *strict) Check(ctx context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	news, err := plugin.UnmarshalProperties(req.GetNews(), plugin.MarshalOptions{
		KeepUnknowns: true, KeepSecrets: true, KeepOutputValues: true, SkipNulls: true,
	})
	if err != nil {
		return nil, err
	}
	token := resource.URN(req.GetUrn()).Type()
	failures := []*pulumirpc.CheckFailure{}
	for _, failure := range s.resources.ValidateInputs(token, withoutReserved(news)) {
		failures = append(failures, &pulumirpc.CheckFailure{Property: failure.ResourcePath, Reason: mismatch(failure)})
	}
	response, err := s.ResourceProviderServer.Check(ctx, req)
	if err != nil {
		if len(failures) > 0 { // the bridge may stumble over what has been found already
			return &pulumirpc.CheckResponse{Inputs: req.GetNews(), Failures: failures}, nil
		}
		return nil, err
	}
	response.Failures = append(response.Failures, failures...)
	return response, nil
}

func (s *strict) Invoke(ctx context.Context, req *pulumirpc.InvokeRequest) (*pulumirpc.InvokeResponse, error) {
	args, err := plugin.UnmarshalProperties(req.GetArgs(), plugin.MarshalOptions{KeepUnknowns: true, SkipNulls: true})
	if err != nil {
		return nil, err
	}
	failures := []*pulumirpc.CheckFailure{}
	for _, failure := range s.functions.ValidateInputs(tokens.Type(req.GetTok()), withoutReserved(args)) {
		failures = append(failures, &pulumirpc.CheckFailure{Property: failure.ResourcePath, Reason: mismatch(failure)})
	}
	if len(failures) > 0 {
		return &pulumirpc.InvokeResponse{Failures: failures}, nil
	}
	return s.ResourceProviderServer.Invoke(ctx, req)
}

func mismatch(failure typechecker.Failure) string {
	return "the SDK and the provider differ: " + failure.Reason
}

// withoutReserved leaves out what the engine and the bridge add for themselves.
func withoutReserved(properties resource.PropertyMap) resource.PropertyMap {
	out := resource.PropertyMap{}
	for key, value := range properties {
		if !strings.HasPrefix(string(key), "__") {
			out[key] = value
		}
	}
	return out
}
