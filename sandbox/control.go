package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// controlAPI is the path of the control API (docs/sandbox.md).
const controlAPI = "/sandbox/v1/"

// serveControl serves the control API for the page and for tests. It has no password: it is limited to this machine
// and to same-site requests.
func (f *Feishu) serveControl(mux *http.ServeMux) {
	for path, show := range map[string]http.HandlerFunc{
		"{$}": controlIndex, "state": f.controlState, "chats/{chat}/messages": f.controlMessages, "events": f.controlEvents,
		"apps": f.controlApps, "emoji": controlEmoji, "case": f.controlSave, "calls": f.controlCalls, "deliveries": f.controlDeliveries,
	} {
		mux.Handle("GET "+controlAPI+path, f.localOnly(show))
	}
	own := http.NewCrossOriginProtection()
	for _, o := range orders() {
		mux.Handle("POST "+controlAPI+o.name, f.localOnly(own.Handler(f.control(o))))
	}
	mux.Handle("PUT "+controlAPI+"case", f.localOnly(own.Handler(http.HandlerFunc(f.controlLoad))))
	mux.Handle(controlAPI, f.localOnly(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		problem(w, http.StatusNotFound, fmt.Errorf("there is no %s %s here; see docs/sandbox.md", r.Method, r.URL.Path))
	})))
}

// controlIndex lists the orders with their fields.
func controlIndex(w http.ResponseWriter, _ *http.Request) {
	type row struct {
		Order string   `json:"order"`
		Needs []string `json:"needs"`
		Takes []string `json:"takes"`
	}
	var rows []row
	for _, o := range orders() {
		rows = append(rows, row{o.name, append([]string{}, o.need...), append([]string{}, o.may...)})
	}
	writeJSON(w, http.StatusOK, map[string]any{"orders": rows})
}

// localOnly refuses requests with another host name than this machine's, against DNS rebinding.
func (f *Feishu) localOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if host := hostOf(r.Host); !f.isLocal(host) {
			problem(w, http.StatusForbidden, fmt.Errorf(
				"%q is not a name of this machine; call it by localhost or by its address, or start the sandbox with --host %s", host, host))
			return
		}
		next.ServeHTTP(w, r)
	})
}

func hostOf(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return strings.Trim(hostport, "[]")
}

func (f *Feishu) isLocal(host string) bool {
	_, err := netip.ParseAddr(host)
	return err == nil || host == "localhost" || strings.HasSuffix(host, ".localhost") || slices.Contains(f.cfg.Hosts, host)
}

// problem writes an error.
func problem(w http.ResponseWriter, status int, err error) {
	said := map[string]string{"error": err.Error()}
	if fault, ok := errors.AsType[*caseFault](err); ok {
		said["error_zh"] = fault.InChinese()
	}
	writeJSON(w, status, said)
}

// control carries out an order.
func (f *Feishu) control(o orderSpec) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		in := order{}
		if err == nil {
			in, err = o.parse(body)
		}
		if err != nil {
			problem(w, http.StatusBadRequest, fmt.Errorf("%s: %w", o.name, err))
			return
		}
		out, err := o.act(f, r, in)
		if err != nil {
			problem(w, http.StatusBadRequest, err)
			return
		}
		writeJSON(w, http.StatusOK, out)
	})
}

// orderSpec is an order: its required and optional fields, and its function.
type orderSpec struct {
	name      string
	need, may []string
	act       func(f *Feishu, r *http.Request, in order) (any, error)
}

// parse decodes the body of an order and reports missing, unknown and mistyped fields.
func (o orderSpec) parse(body []byte) (order, error) {
	var in order
	given := map[string]json.RawMessage{}
	if len(bytes.TrimSpace(body)) > 0 {
		if err := json.Unmarshal(body, &given); err != nil {
			return in, fmt.Errorf("the body is not a JSON object: %w", err)
		}
	}
	takes := slices.Concat(o.need, o.may)
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if !slices.Contains(takes, name) {
			return in, fmt.Errorf("unknown field %q; it takes %s", name, strings.Join(takes, ", "))
		}
	}
	for _, name := range o.need {
		if raw := string(given[name]); raw == "" || raw == "null" || raw == `""` {
			return in, fmt.Errorf("field %q is missing", name)
		}
	}
	if len(given) == 0 {
		return in, nil
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return in, err
	}
	return in, nil
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // own structs always marshal
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the page may have gone
}
