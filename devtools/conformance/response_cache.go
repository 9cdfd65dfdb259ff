package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// answersVariable names the folder of what one run has asked already. Its variants share most of their resources, and the
// provider takes seconds to plan a web ACL: the same question, of the same type with the same inputs under the same provider
// configuration, is asked once a run.
const answersVariable = "SALEDAY_CONFORMANCE_ANSWERS"

// remembering keeps the answers to checks and to previewed creations. Neither depends on anything but the request: there is
// no state before a preview of a new stack.
type remembering struct {
	pulumirpc.ResourceProviderServer
	folder        string
	configuration []byte
}

func remember(server pulumirpc.ResourceProviderServer) pulumirpc.ResourceProviderServer {
	if folder := os.Getenv(answersVariable); folder != "" {
		return &remembering{ResourceProviderServer: server, folder: folder}
	}
	return server
}

func (r *remembering) Configure(ctx context.Context, req *pulumirpc.ConfigureRequest) (*pulumirpc.ConfigureResponse, error) {
	var err error
	if r.configuration, err = stable.Marshal(&pulumirpc.ConfigureRequest{Args: req.GetArgs()}); err != nil {
		return nil, err
	}
	return r.ResourceProviderServer.Configure(ctx, req)
}

func (r *remembering) Check(ctx context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	// Names that the provider invents differ by this seed alone: any of them will do.
	question := &pulumirpc.CheckRequest{Urn: req.GetUrn(), Olds: req.GetOlds(), News: req.GetNews()}
	return answered(r, question, new(pulumirpc.CheckResponse), func() (*pulumirpc.CheckResponse, error) {
		return r.ResourceProviderServer.Check(ctx, req)
	})
}

func (r *remembering) Create(ctx context.Context, req *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	if !req.GetPreview() {
		return r.ResourceProviderServer.Create(ctx, req)
	}
	question := &pulumirpc.CreateRequest{Urn: req.GetUrn(), Properties: req.GetProperties()}
	return answered(r, question, new(pulumirpc.CreateResponse), func() (*pulumirpc.CreateResponse, error) {
		return r.ResourceProviderServer.Create(ctx, req)
	})
}

var stable = proto.MarshalOptions{Deterministic: true}

// answered is the answer kept, or else the one that is asked for now and then kept: a message, or a refusal beside it.
func answered[T proto.Message](r *remembering, question proto.Message, kept T, ask func() (T, error)) (T, error) {
	var none T
	asked, err := stable.Marshal(question)
	if err != nil {
		return none, err
	}
	digest := sha256.New()
	for _, part := range [][]byte{[]byte(question.ProtoReflect().Descriptor().FullName()), r.configuration, asked} {
		sum := sha256.Sum256(part) // of one length, so that the parts can't run into each other
		digest.Write(sum[:])
	}
	file := filepath.Join(r.folder, hex.EncodeToString(digest.Sum(nil)))
	if found, err := read(file, kept); err != nil || found {
		return kept, err
	}
	if refusal, err := os.ReadFile(file + ".refused"); err == nil {
		return none, status.Error(codes.Unknown, string(refusal))
	}
	answer, err := ask()
	if err != nil {
		if keeping := write(file+".refused", []byte(status.Convert(err).Message())); keeping != nil {
			return none, keeping
		}
		return none, err
	}
	content, err := proto.Marshal(answer)
	if err != nil {
		return none, err
	}
	return answer, write(file, content)
}

func read(file string, message proto.Message) (bool, error) {
	content, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, proto.Unmarshal(content, message)
}

// write leaves the whole file or none, whoever else writes the same.
func write(file string, content []byte) error {
	unfinished, err := os.CreateTemp(filepath.Dir(file), "unfinished-*")
	if err != nil {
		return err
	}
	_, err = unfinished.Write(content)
	if err = errors.Join(err, unfinished.Close()); err != nil {
		return err
	}
	return os.Rename(unfinished.Name(), file)
}
