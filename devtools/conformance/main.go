// A Pulumi plugin for AWS made of the real provider: its own validation, planning and operations under Pulumi's names.
//
// Usage: pulumi-resource-aws ENGINE_ADDRESS     serve, as the engine starts it
//
//	pulumi-resource-aws -package FILE      write what serving needs once, so that each start is quick
//	pulumi-resource-aws -dump-schema       what the provider says of each property, as JSON
//	pulumi-resource-aws -dump-fields       the same with the provider's own names, before any mapping
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	pfbridge "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	rprovider "github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
)

// version is what the engine asks for: pulumi-aws of requirements.txt, set by the build.
var version = "0.0.0"

// packageFile lies beside the executable; without it each start generates the package anew, which takes seconds.
const packageFile = "package.json"

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "pulumi-resource-aws:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) > 0 && args[0] == "-dump-fields" {
		info, err := providerInfo(ctx, []byte("{}"))
		if err != nil {
			return err
		}
		return json.NewEncoder(os.Stdout).Encode(dump(info, true))
	}
	info, err := providerInfo(ctx, mappingsJSON)
	if err != nil {
		return err
	}
	if len(args) > 0 {
		switch args[0] {
		case "-dump-schema":
			return json.NewEncoder(os.Stdout).Encode(dump(info, false))
		case "-package":
			if len(args) != 2 {
				return fmt.Errorf("-package needs the file to write")
			}
			schema, err := generatePackage(info)
			if err != nil {
				return err
			}
			return os.WriteFile(args[1], schema, 0o644)
		case "-version":
			fmt.Println(version)
			return nil
		}
	}
	schema, err := packageSchema(info)
	if err != nil {
		return err
	}
	if err := dispatch(info); err != nil {
		return err
	}
	findings, err := openFindings()
	if err != nil {
		return err
	}
	server := pfbridge.MakeMuxedServer(ctx, "aws", info, schema)
	return rprovider.Main("aws", judging(server, schema, findings))
}

// packageSchema is the package's schema: from the file beside the executable, else generated.
func packageSchema(info bridgeInfo) ([]byte, error) {
	executable, err := os.Executable()
	if err != nil {
		return nil, err
	}
	schema, err := os.ReadFile(filepath.Join(filepath.Dir(executable), packageFile))
	if os.IsNotExist(err) {
		return generatePackage(info)
	}
	return schema, err
}
