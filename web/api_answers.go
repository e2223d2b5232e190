package web

import (
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// problemsOf are the error statuses of an operation; a test checks that each of them occurs and no other.
func problemsOf(op *huma.Operation, path string) []string {
	// Unauthorized; wrong scope or cross-site; invalid; internal error; unavailable.
	statuses := []string{"401", "403", "422", "500", "503"}
	if op.Metadata[retries5xx] != true { // these get 503
		statuses = append(statuses, "429")
	}
	if op.RequestBody != nil {
		statuses = append(statuses, "408", "413") // timeout, too large
	}
	if op.RequestBody != nil && op.Metadata[retries5xx] != true { // alert.Decode reads the others
		statuses = append(statuses, "400", "415") // unreadable, not JSON
	}
	own := map[string][]string{
		"POST /posts": {"409"}, "POST /posts/register": {"409"}, "DELETE /posts/{id}": {"409", "502"}, "DELETE /groups/{group}": {"409"},
		"POST /recalls": {"404", "409"}, "DELETE /recalls/{id}": {"409"}, "POST /recalls/{id}/undo": {"409"}, "GET /audit": {"404"},
	}[op.Method+" "+strings.TrimPrefix(path, apiPath)]
	if strings.Contains(path, "{") {
		own = append(own, "404")
	}
	return slices.Compact(slices.Sorted(slices.Values(append(statuses, own...))))
}

// describeAnswers adds the error responses and what huma can't derive from types.
func (a *api) describeAnswers(doc *huma.OpenAPI) {
	for path, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Delete} {
			if op == nil {
				continue
			}
			delete(op.Responses, "default")
			for _, status := range problemsOf(op, path) {
				op.Responses[status] = &huma.Response{Ref: "#/components/responses/Problem"}
			}
		}
	}
	posts := doc.Paths[apiPath+"/posts"].Post
	posts.Responses["200"] = &huma.Response{Description: "All are sent or failed", Content: posts.Responses["202"].Content}
	schemas := doc.Components.Schemas.Map()
	// These rules are only described: our own checks have better messages than huma's.
	schemas["PostRequest"].Extensions = map[string]any{
		"oneOf": []any{
			hasProperty("text", "minLength", 1), hasProperty("rich_text", "type", huma.TypeObject), hasProperty("image_key", "minLength", 1),
			hasProperty("file_key", "minLength", 1), hasProperty("card", "type", huma.TypeObject),
		},
		"anyOf": []any{hasProperty("chats", "minItems", 1), hasProperty("users", "minItems", 1)},
	}
	schemas["RecallRequest"].Extensions = map[string]any{"oneOf": []any{
		hasProperty("messages", "minItems", 1), hasProperty("chat", "minLength", 1), hasProperty("group", "minLength", 1),
	}}
}

// hasProperty is the schema of an object with a non-empty property.
func hasProperty(property, keyword string, value any) any {
	return map[string]any{"required": []string{property}, "properties": map[string]any{property: map[string]any{keyword: value}}}
}

// bodyLimit is the largest body of an operation in bytes.
func bodyLimit(op *huma.Operation) int64 { return op.MaxBodyBytes - 1 }
