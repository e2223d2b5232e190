package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

const composeFile = "docker-compose.yml"

// lintCompose returns what is wrong with a compose file: a fault of its grammar, or the promises that it breaks.
// The files that it names (secrets, .env) need not be there, and the environment plays no part.
func lintCompose(ctx context.Context, text []byte) []string {
	details := types.ConfigDetails{
		WorkingDir:  ".",
		ConfigFiles: []types.ConfigFile{{Filename: composeFile, Content: text}},
		Environment: types.Mapping{},
	}
	project, err := loader.LoadWithContext(ctx, details, func(o *loader.Options) { o.SkipResolveEnvironment = true })
	if err != nil {
		return []string{fmt.Sprintf("%s: %v", composeFile, err)}
	}
	var problems []string
	for _, name := range slices.Sorted(maps.Keys(project.Services)) {
		service := project.Services[name]
		for _, fault := range serviceFaults(&service) {
			problems = append(problems, fmt.Sprintf("%s: %s: %s", composeFile, name, fault))
		}
	}
	redis, ok := project.Services["redis"]
	if !ok {
		return append(problems, composeFile+": no service redis")
	}
	for _, fault := range redisFaults(&redis) {
		problems = append(problems, fmt.Sprintf("%s: redis: %s", composeFile, fault))
	}
	return problems
}

// serviceFaults holds for every container: it can do nothing that it need not.
func serviceFaults(s *types.ServiceConfig) []string {
	var faults []string
	need := func(ok bool, fault string) {
		if !ok {
			faults = append(faults, fault)
		}
	}
	need(s.ReadOnly, "its file system can be written: read_only: true")
	need(slices.Contains(s.CapDrop, "ALL"), "it keeps capabilities: cap_drop: [ALL]")
	need(slices.Contains(s.SecurityOpt, "no-new-privileges:true"), "it can gain privileges: security_opt: [no-new-privileges:true]")
	need(s.User != "" && s.User != "root" && !strings.HasPrefix(s.User, "0"), "it runs as root, or as what the image says: user")
	need(s.HealthCheck != nil && !s.HealthCheck.Disable, "nobody knows whether it works: healthcheck")
	need(s.Build != nil || pinned(s.Image), "its image has no version: image: NAME:VERSION")
	for _, port := range s.Ports {
		need(port.HostIP == "127.0.0.1", "port "+port.Published+" is open to the network by default: 127.0.0.1:"+port.Published)
	}
	for name, dependency := range s.DependsOn {
		need(dependency.Condition == types.ServiceConditionHealthy, "it starts before "+name+" is healthy: condition: service_healthy")
	}
	for name := range s.Environment {
		need(!strings.HasSuffix(name, "_SECRET") && !strings.HasSuffix(name, "_KEY"), name+" is a secret in the environment: "+name+"_FILE")
	}
	slices.Sort(faults)
	return faults
}

// pinned tells an image with a version from one that is another tomorrow.
func pinned(image string) bool {
	_, tag, ok := strings.Cut(image, ":")
	return ok && tag != "latest"
}

// redisFaults holds for the Redis: what it was given survives it, and it never forgets to make room.
func redisFaults(s *types.ServiceConfig) []string {
	var faults []string
	for _, option := range []struct {
		name   string
		values []string
	}{
		{"--appendonly", []string{"yes"}},
		{"--appendfsync", []string{"always", "everysec"}},
		{"--maxmemory-policy", []string{"noeviction"}},
	} {
		i := slices.Index(s.Command, option.name)
		if i < 0 || i+1 >= len(s.Command) || !slices.Contains(option.values, s.Command[i+1]) {
			faults = append(faults, "command needs "+option.name+" "+strings.Join(option.values, " or "))
		}
	}
	kept := slices.ContainsFunc(s.Volumes, func(v types.ServiceVolumeConfig) bool {
		return v.Type == types.VolumeTypeVolume && v.Source != "" && v.Target == "/data"
	})
	if !kept {
		faults = append(faults, "its data go with the container: volumes: [NAME:/data]")
	}
	if len(s.Ports) > 0 {
		faults = append(faults, "it has no password and is reached from outside: no ports")
	}
	return faults
}
