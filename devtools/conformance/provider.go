package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"io"

	"github.com/hashicorp/terraform-provider-aws/xpprovider"
	pfbridge "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfgen"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/x/muxer"
	"github.com/pulumi/pulumi-terraform-bridge/v3/unstable/metadata"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
)

type bridgeInfo = tfbridge.ProviderInfo

// tokensJSON names, for resources and functions, the provider's name of each Pulumi token.
//
//go:embed data/tokens.json
var tokensJSON []byte

// mappingsJSON holds, per provider name, the properties that Pulumi's SDK calls or shapes otherwise than the bridge would.
//
//go:embed data/mappings.json
var mappingsJSON []byte

type tokenTable struct {
	Resources map[string]string `json:"resources"`
	Functions map[string]string `json:"functions"`
}

// mapping is how the SDK deviates for one property; Fields are those of the object, or of a list's elements.
type mapping struct {
	Name        string              `json:"name,omitempty"`
	MaxItemsOne *bool               `json:"maxItemsOne,omitempty"`
	Archive     bool                `json:"archive,omitempty"`
	Fields      map[string]*mapping `json:"fields,omitempty"`
}

// nameLength is the longest name the bridge may invent; the provider judges it by each type's own rule.
const nameLength = 255

// providerInfo tells the bridge how the provider's types and properties are called in Pulumi's SDK.
func providerInfo(ctx context.Context, mapped []byte) (bridgeInfo, error) {
	var table tokenTable
	if err := json.Unmarshal(tokensJSON, &table); err != nil {
		return bridgeInfo{}, fmt.Errorf("data/tokens.json: %w", err)
	}
	var mappings map[string]*mapping
	if err := json.Unmarshal(mapped, &mappings); err != nil {
		return bridgeInfo{}, fmt.Errorf("data/mappings.json: %w", err)
	}
	framework, sdk, err := xpprovider.GetProvider(ctx)
	if err != nil {
		return bridgeInfo{}, err
	}
	info := bridgeInfo{
		P: pfbridge.MuxShimWithPF(ctx, shimv2.NewProvider(sdk), framework), Name: "aws", Version: version,
		ResourcePrefix: "aws", MetadataInfo: tfbridge.NewProviderMetadata([]byte("{}")),
		Resources: map[string]*tfbridge.ResourceInfo{}, DataSources: map[string]*tfbridge.DataSourceInfo{},
	}
	for token, name := range table.Resources {
		// The table covers the whole provider, the executable only the services compiled in.
		if res, ok := info.P.ResourcesMap().GetOk(name); ok && info.Resources[name] == nil {
			info.Resources[name] = &tfbridge.ResourceInfo{
				Tok: tokens.Type(token), Fields: fields(mappings[name], res.Schema()), ComputeID: computeID(res.Schema()),
			}
		}
	}
	for token, name := range table.Functions {
		if source, ok := info.P.DataSourcesMap().GetOk(name); ok && info.DataSources[name] == nil {
			info.DataSources[name] = &tfbridge.DataSourceInfo{
				Tok: tokens.ModuleMember(token), Fields: fields(mappings["data."+name], source.Schema()),
			}
		}
	}
	for name := range info.P.ResourcesMap().Range {
		if info.Resources[name] == nil {
			info.IgnoreMappings = append(info.IgnoreMappings, name)
		}
	}
	for name := range info.P.DataSourcesMap().Range {
		if info.DataSources[name] == nil {
			info.IgnoreMappings = append(info.IgnoreMappings, name)
		}
	}
	// The provider's own functions, which Pulumi's SDK does not have.
	info.IgnoreMappings = append(info.IgnoreMappings, "arn_build", "arn_parse", "trim_iam_role_path", "user_agent")
	info.SetAutonaming(nameLength, "-")
	return info, nil
}

func fields(m *mapping, schema shim.SchemaMap) map[string]*tfbridge.SchemaInfo {
	if m == nil || len(m.Fields) == 0 {
		return nil
	}
	out := map[string]*tfbridge.SchemaInfo{}
	for name, field := range m.Fields {
		info := &tfbridge.SchemaInfo{Name: field.Name, MaxItemsOne: field.MaxItemsOne}
		if field.Archive {
			info.Asset = &tfbridge.AssetTranslation{Kind: tfbridge.FileArchive}
		}
		if property, ok := schema.GetOk(name); ok && len(field.Fields) > 0 {
			if nested, ok := property.Elem().(shim.Resource); ok {
				inner := fields(field, nested.Schema())
				if property.Type() == shim.TypeMap { // a single nested object
					info.Fields = inner
				} else {
					info.Elem = &tfbridge.SchemaInfo{Fields: inner}
				}
			}
		}
		out[name] = info
	}
	return out
}

// computeID gives an id to a type whose provider schema has none, as Pulumi needs one: the first of these that it has.
func computeID(schema shim.SchemaMap) tfbridge.ComputeID {
	if id, ok := schema.GetOk("id"); ok && id.Type() == shim.TypeString {
		return nil
	}
	for _, name := range []string{"arn", "name"} {
		if _, ok := schema.GetOk(name); ok {
			return tfbridge.DelegateIDField(resource.PropertyKey(name), "aws", "")
		}
	}
	return func(context.Context, resource.PropertyMap) (resource.ID, error) { return "only", nil }
}

// dispatch tells the mux which of the provider's two halves serves which type.
func dispatch(info bridgeInfo) error {
	resolver, ok := info.P.(interface {
		ResolveDispatch(*tfbridge.ProviderInfo) (muxer.DispatchTable, error)
	})
	if !ok {
		return fmt.Errorf("the bridge's mux has changed: %T can't say which half serves which type", info.P)
	}
	table, err := resolver.ResolveDispatch(&info)
	if err != nil {
		return err
	}
	return metadata.Set(info.GetMetadata(), "mux", table)
}

// generatePackage makes the Pulumi package schema of everything compiled in, without documentation.
func generatePackage(info bridgeInfo) ([]byte, error) {
	if err := dispatch(info); err != nil {
		return nil, err
	}
	generated, err := tfgen.GenerateSchemaWithOptions(tfgen.GenerateSchemaOptions{
		ProviderInfo: info, XInMemoryDocs: true,
		DiagnosticsSink: diag.DefaultSink(io.Discard, io.Discard, diag.FormatOptions{Color: colors.Never}),
	})
	if err != nil {
		return nil, err
	}
	return json.Marshal(generated.PackageSpec)
}
