package main

import (
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shim "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim"
)

// depth of nested blocks that a dump follows: three hold all that a stack's file of settings could reach, and policies such
// as a web ACL's statements nest without end.
const (
	schemaDepth = 3
	fieldsDepth = 12
)

// dump gives, per token and property, the flags required, optional, computed, forceNew and sensitive, and the same of
// nested blocks. With `names`, the provider's own name of each resource (under "") and property, and what stands in a list.
func dump(info bridgeInfo, names bool) map[string]map[string]any {
	out := map[string]map[string]any{}
	depth := schemaDepth
	if names {
		depth = fieldsDepth
	}
	for name, res := range info.Resources {
		provided, ok := info.P.ResourcesMap().GetOk(name)
		if !ok {
			continue
		}
		out[string(res.Tok)] = properties(provided.Schema(), res.Fields, depth, names)
		if names {
			out[string(res.Tok)][""] = name
		}
	}
	if names {
		for name, source := range info.DataSources {
			if provided, ok := info.P.DataSourcesMap().GetOk(name); ok {
				out[string(source.Tok)] = properties(provided.Schema(), source.Fields, depth, names)
				out[string(source.Tok)][""] = "data." + name
			}
		}
	}
	return out
}

func properties(schema shim.SchemaMap, fields map[string]*tfbridge.SchemaInfo, depth int, names bool) map[string]any {
	out := map[string]any{}
	for name, property := range schema.Range {
		facts := map[string]any{"type": property.Type().String()}
		flags := map[string]bool{
			"required": property.Required(), "optional": property.Optional(), "computed": property.Computed(),
			"forceNew": property.ForceNew(), "sensitive": property.Sensitive(),
		}
		for flag, on := range flags {
			if on {
				facts[flag] = true
			}
		}
		if property.MaxItems() == 1 {
			facts["maxItems"] = 1
		}
		field := fields[name]
		if names {
			facts["name"] = name
			facts["single"] = tfbridge.IsMaxItemsOne(property, field)
		}
		if nested, ok := property.Elem().(shim.Resource); ok && depth > 0 {
			facts["properties"] = properties(nested.Schema(), nestedFields(field), depth-1, names)
		}
		out[tfbridge.TerraformToPulumiNameV2(name, schema, fields)] = facts
	}
	return out
}

func nestedFields(field *tfbridge.SchemaInfo) map[string]*tfbridge.SchemaInfo {
	if field == nil {
		return nil
	}
	if field.Elem != nil {
		return field.Elem.Fields
	}
	return field.Fields
}
