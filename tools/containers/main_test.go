package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The project's own files are the good case; each row breaks one thing in them.
const root = "../.."

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// broken returns the text with one piece replaced, which must be in it.
func broken(t *testing.T, text, piece, with string) []byte {
	t.Helper()
	if !strings.Contains(text, piece) {
		t.Fatalf("there is no %q to break", piece)
	}
	return []byte(strings.Replace(text, piece, with, 1))
}

func wantFault(t *testing.T, faults []string, want string) {
	t.Helper()
	for _, fault := range faults {
		if strings.Contains(fault, want) {
			return
		}
	}
	t.Errorf("got faults %q, want one that says %q", faults, want)
}

func TestProject(t *testing.T) {
	t.Parallel()
	problems, err := check(t.Context(), root)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Error(p)
	}
}

func TestProjectMissing(t *testing.T) {
	t.Parallel()
	if _, err := check(t.Context(), t.TempDir()); err == nil {
		t.Error("a directory without a Dockerfile is fine")
	}
}

func TestCompose(t *testing.T) {
	t.Parallel()
	text := read(t, composeFile)
	for _, tc := range []struct{ name, piece, with, want string }{
		{"not YAML", "services:", "services: [", "yaml"},
		{"unknown key", "read_only:", "readonly:", "readonly"},
		{"unknown condition", "service_healthy", "service_happy", "condition"},
		{"unknown service", "depends_on:\n      redis:", "depends_on:\n      radish:", "radish"},
		{"started too early", "service_healthy", "service_started", "before redis is healthy"},
		{"writable", "read_only: true", "read_only: false", "file system"},
		{"capabilities", "cap_drop: [ALL]", "cap_drop: [NET_RAW]", "capabilities"},
		{"privileges", "no-new-privileges:true", "no-new-privileges:false", "privileges"},
		{"root", `user: "65532:65532"`, `user: "0:0"`, "runs as root"},
		{"open port", "127.0.0.1:8080}", "8080}", "open to the network"},
		{"secret in the environment", "APP_SECRET_FILE: /run/secrets/feishu_app_secret", "APP_SECRET: abc", "RECALLBOT_FEISHU_APP_SECRET is a secret"},
		{"any version", "redis:7.4-alpine", "redis", "no version"},
		{"memory only", "- --appendonly\n      - \"yes\"", "- --appendonly\n      - \"no\"", "--appendonly yes"},
		{"synced by chance", "- --appendfsync", "- --no-appendfsync-on-rewrite", "--appendfsync always or everysec"},
		{"forgetful", "- noeviction", "- allkeys-lru", "noeviction"},
		{"no volume", "- redis:/data", "- redis:/elsewhere", "go with the container"},
		{"reachable", "networks: [inside]\n", "networks: [inside]\n    ports: [\"127.0.0.1:6379:6379\"]\n", "no password"},
		{"no redis", "\n  redis:\n    image", "\n  valkey:\n    image", "redis"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			wantFault(t, lintCompose(t.Context(), broken(t, text, tc.piece, tc.with)), tc.want)
		})
	}
}

func TestDockerfile(t *testing.T) {
	t.Parallel()
	text := read(t, dockerFile)
	for _, tc := range []struct{ name, piece, with, want string }{
		{"unknown instruction", "WORKDIR", "WORKDER", "WORKDER"},
		{"casing", "FROM scratch", "from scratch", "ConsistentInstructionCasing"},
		{"secret in a layer", "ARG GOPROXY", "ARG APP_SECRET", "APP_SECRET"},
		{"shell form", `CMD ["serve"]`, "CMD serve", "JSON"},
		{"misspelt stage", "--from=build /out", "--from=bulid /out", "bulid"},
		{"a base with more in it", "FROM scratch", "FROM debian:12", "not on scratch"},
		{"root", "USER 65532:65532", "USER 0:65532", "user: want"},
		{"user by name", "USER 65532:65532", "USER nobody", "user: want"},
		{"no user", "USER 65532:65532", "", "user: want"},
		{"no health check", "HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 CMD [\"/recallbot\", \"healthz\"]", "", "health check: want"},
		{"health check by shell", `CMD ["/recallbot", "healthz"]`, "CMD /recallbot healthz", "health check: want"},
		{"entry point by shell", `ENTRYPOINT ["/recallbot"]`, "ENTRYPOINT /recallbot", "entry point: want"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			faults, err := lintDockerfile(t.Context(), broken(t, text, tc.piece, tc.with))
			if err != nil {
				t.Fatal(err)
			}
			wantFault(t, faults, tc.want)
		})
	}
}
