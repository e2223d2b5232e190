// Package containers_test reads docker-compose.yml and Dockerfile with the loaders of Docker itself, without an engine, and
// holds them to what this project promises of its containers.
package containers_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/opencontainers/go-digest"
)

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// faults gathers what is not as it was promised.
type faults []string

func (f *faults) need(ok bool, fault string) {
	if !ok {
		*f = append(*f, fault)
	}
}

// composeFaults are what is wrong with a compose file. The files that it names (secrets, .env) need not be there, and the
// environment plays no part.
func composeFaults(ctx context.Context, text string) faults {
	project, err := loader.LoadWithContext(ctx, types.ConfigDetails{
		WorkingDir: ".", ConfigFiles: []types.ConfigFile{{Filename: "docker-compose.yml", Content: []byte(text)}}, Environment: types.Mapping{},
	}, func(o *loader.Options) { o.SkipResolveEnvironment = true })
	if err != nil {
		return faults{err.Error()}
	}
	var f faults
	for _, service := range project.Services {
		f.serviceFaults(service)
	}
	redis, ok := project.Services["redis"]
	f.need(ok, "no service redis")
	command := strings.Join(redis.Command, " ") + " "
	for _, option := range []string{"--appendonly yes", "--appendfsync always", "--maxmemory-policy noeviction"} {
		f.need(strings.Contains(command, option+" "), "redis: command needs "+option)
	}
	f.need(slices.ContainsFunc(redis.Volumes, func(v types.ServiceVolumeConfig) bool {
		return v.Type == types.VolumeTypeVolume && v.Source != "" && v.Target == "/data"
	}), "redis: its data go with the container: volumes: [NAME:/data]")
	f.need(len(redis.Ports) == 0, "redis: it has no password and is reached from outside: no ports")
	return f
}

// serviceFaults holds for every container: it can do nothing that it need not.
func (f *faults) serviceFaults(s types.ServiceConfig) {
	need := func(ok bool, fault string) { f.need(ok, s.Name+": "+fault) }
	need(s.ReadOnly, "its file system can be written: read_only: true")
	need(slices.Contains(s.CapDrop, "ALL"), "it keeps capabilities: cap_drop: [ALL]")
	need(slices.Contains(s.SecurityOpt, "no-new-privileges:true"), "it can gain privileges: security_opt: [no-new-privileges:true]")
	need(s.User != "" && s.User != "root" && !strings.HasPrefix(s.User, "0"), "it runs as root, or as what the image says: user")
	need(s.HealthCheck != nil && !s.HealthCheck.Disable, "no healthcheck")
	_, version, _ := strings.Cut(s.Image, ":")
	need(s.Build != nil || (version != "" && version != "latest"), "its image has no version: image: NAME:VERSION")
	for _, port := range s.Ports {
		need(port.HostIP == "127.0.0.1", "port "+port.Published+" is open to the network by default: 127.0.0.1:"+port.Published)
	}
	for name, dependency := range s.DependsOn {
		need(dependency.Condition == types.ServiceConditionHealthy, "it starts before "+name+" is healthy: condition: service_healthy")
	}
	for name := range s.Environment {
		need(!strings.HasSuffix(name, "_SECRET") && !strings.HasSuffix(name, "_KEY"), name+" is a secret in the environment: "+name+"_FILE")
	}
}

// emptyImages answers for every base image that it sets nothing.
type emptyImages struct{}

// ResolveImageConfig is sourceresolver.ImageMetaResolver.
func (emptyImages) ResolveImageConfig(_ context.Context, ref string, _ sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	return ref, "", []byte(`{"config":{}}`), nil
}

// dockerfileFaults are what `docker build --check` would say of a Dockerfile, and what is not as it was promised. Base images
// are not looked at.
func dockerfileFaults(ctx context.Context, text string) faults {
	results, err := dockerfile2llb.DockerfileLint(ctx, []byte(text), dockerfile2llb.ConvertOpt{
		SourceMap:    &llb.SourceMap{Definition: &llb.Definition{}, Filename: "Dockerfile", Language: "Dockerfile", Data: []byte(text)},
		MetaResolver: emptyImages{},
	})
	if err != nil {
		return faults{err.Error()}
	}
	if results.Error != nil {
		return faults{results.Error.Message}
	}
	var f faults
	for _, w := range results.Warnings {
		f = append(f, w.RuleName+": "+w.Detail)
	}
	file, err := parser.Parse(bytes.NewReader([]byte(text)))
	if err != nil {
		return append(f, err.Error())
	}
	stages, _, err := instructions.Parse(file.AST, nil)
	if err != nil {
		return append(f, err.Error())
	}
	// The engine would look in a registry for a stage that is not there.
	known := map[string]bool{}
	for _, stage := range stages {
		for _, command := range stage.Commands {
			if c, ok := command.(*instructions.CopyCommand); ok && c.From != "" {
				f.need(known[c.From], "COPY --from="+c.From+" names no stage above it")
			}
		}
		known[stage.Name] = true
	}
	f.imageFaults(stages[len(stages)-1])
	return f
}

// imageFaults wants an empty base, a number for a user, a health check, and a program that gets signals itself.
func (f *faults) imageFaults(image instructions.Stage) {
	var user, check, entry bool
	for _, command := range image.Commands {
		switch c := command.(type) {
		case *instructions.UserCommand:
			id, _, _ := strings.Cut(c.User, ":")
			number, err := strconv.Atoi(id)
			user = err == nil && number > 0
		case *instructions.HealthCheckCommand:
			check = len(c.Health.Test) > 1 && c.Health.Test[0] == "CMD"
		case *instructions.EntrypointCommand:
			entry = !c.PrependShell
		}
	}
	f.need(image.BaseName == "scratch", "the image is built on "+image.BaseName+", not on scratch")
	f.need(user, "user: want USER and a number that isn't 0")
	f.need(check, `health check: want HEALTHCHECK CMD ["COMMAND"], since there is no shell`)
	f.need(entry, `entry point: want ENTRYPOINT ["COMMAND"], since there is no shell`)
}

// breaks runs a check on a file of the project, in which nothing may be wrong, and then with one piece of it replaced.
func breaks(t *testing.T, file string, check func(context.Context, string) faults, cases [][4]string) {
	t.Helper()
	text := read(t, file)
	for _, fault := range check(t.Context(), text) {
		t.Errorf("%s: %s", file, fault)
	}
	for _, c := range cases {
		name, piece, with, want := c[0], c[1], c[2], c[3]
		if !strings.Contains(text, piece) {
			t.Fatalf("there is no %q to break", piece)
		}
		found := check(t.Context(), strings.Replace(text, piece, with, 1))
		if !strings.Contains(strings.Join(found, "\n"), want) {
			t.Errorf("%s: got %q, want one that says %q", name, found, want)
		}
	}
}

func TestCompose(t *testing.T) {
	t.Parallel()
	breaks(t, "docker-compose.yml", composeFaults, [][4]string{
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
		{"synced by chance", "- --appendfsync", "- --no-appendfsync-on-rewrite", "--appendfsync always"},
		{"forgetful", "- noeviction", "- allkeys-lru", "noeviction"},
		{"no volume", "- redis:/data", "- redis:/elsewhere", "go with the container"},
		{"reachable", "networks: [inside]\n", "networks: [inside]\n    ports: [\"127.0.0.1:6379:6379\"]\n", "no password"},
		{"no redis", "\n  redis:\n    image", "\n  valkey:\n    image", "redis"},
	})
}

func TestDockerfile(t *testing.T) {
	t.Parallel()
	breaks(t, "Dockerfile", dockerfileFaults, [][4]string{
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
	})
}
