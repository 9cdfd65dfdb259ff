package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"
)

// A deployment into a cloud that holds some types only: realVariable names their tokens' beginnings, separated by commas, and
// elsewhereVariable the executable of another AWS plugin, which stands in for all the others. Each provider of the program
// has one of its own, as it may be in another region.
const (
	realVariable      = "SALEDAY_CONFORMANCE_REAL"
	elsewhereVariable = "SALEDAY_CONFORMANCE_ELSEWHERE"
)

// partly makes what the cloud can hold, and has another plugin pretend to make the rest, so that the program runs whole.
type partly struct {
	pulumirpc.ResourceProviderServer
	elsewhere pulumirpc.ResourceProviderClient
	made      []string
}

// inPart wraps the server if a deployment in part is asked for.
func inPart(server pulumirpc.ResourceProviderServer) (pulumirpc.ResourceProviderServer, error) {
	executable, tokens := os.Getenv(elsewhereVariable), os.Getenv(realVariable)
	if executable == "" {
		return server, nil
	}
	if tokens == "" {
		return nil, fmt.Errorf("%s has to name what is made for real", realVariable)
	}
	address, err := start(executable)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", executable, err)
	}
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(messageBytes), grpc.MaxCallSendMsgSize(messageBytes)))
	if err != nil {
		return nil, err
	}
	return &partly{server, pulumirpc.NewResourceProviderClient(connection), strings.Split(tokens, ",")}, nil
}

// messageBytes is the engine's own limit for one message.
const messageBytes = 400 << 20

// start runs the other plugin, which leaves as soon as this process has, and returns its address.
func start(executable string) (string, error) {
	command := exec.Command(executable, os.Args[1:]...)
	output, err := command.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := command.Start(); err != nil {
		return "", err
	}
	port, err := bufio.NewReader(output).ReadString('\n')
	if err != nil {
		return "", err
	}
	return "127.0.0.1:" + strings.TrimSpace(port), nil
}

func (p *partly) real(urn string) bool {
	token := string(resource.URN(urn).Type())
	for _, beginning := range p.made {
		if strings.HasPrefix(token, beginning) {
			return true
		}
	}
	return false
}

func (p *partly) Configure(ctx context.Context, req *pulumirpc.ConfigureRequest) (*pulumirpc.ConfigureResponse, error) {
	if _, err := p.elsewhere.Configure(ctx, req); err != nil {
		return nil, err
	}
	return p.ResourceProviderServer.Configure(ctx, req)
}

func (p *partly) Check(ctx context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	if p.real(req.GetUrn()) {
		return p.ResourceProviderServer.Check(ctx, req)
	}
	return p.elsewhere.Check(ctx, req)
}

func (p *partly) Diff(ctx context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	if p.real(req.GetUrn()) {
		return p.ResourceProviderServer.Diff(ctx, req)
	}
	return p.elsewhere.Diff(ctx, req)
}

func (p *partly) Create(ctx context.Context, req *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	if p.real(req.GetUrn()) {
		return p.ResourceProviderServer.Create(ctx, req)
	}
	return p.elsewhere.Create(ctx, req)
}

func (p *partly) Read(ctx context.Context, req *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	if p.real(req.GetUrn()) {
		return p.ResourceProviderServer.Read(ctx, req)
	}
	return p.elsewhere.Read(ctx, req)
}

func (p *partly) Update(ctx context.Context, req *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	if p.real(req.GetUrn()) {
		return p.ResourceProviderServer.Update(ctx, req)
	}
	return p.elsewhere.Update(ctx, req)
}

func (p *partly) Delete(ctx context.Context, req *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	if p.real(req.GetUrn()) {
		return p.ResourceProviderServer.Delete(ctx, req)
	}
	return p.elsewhere.Delete(ctx, req)
}
