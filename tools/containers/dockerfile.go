package main

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/opencontainers/go-digest"
)

const dockerFile = "Dockerfile"

// lintDockerfile returns what `docker build --check` would say of a Dockerfile, and the promises that it breaks.
// Base images are not looked at.
func lintDockerfile(ctx context.Context, text []byte) ([]string, error) {
	var problems []string
	results, err := dockerfile2llb.DockerfileLint(ctx, text, dockerfile2llb.ConvertOpt{
		SourceMap:    &llb.SourceMap{Definition: &llb.Definition{}, Filename: dockerFile, Language: dockerFile, Data: text},
		MetaResolver: emptyImages{},
	})
	if err != nil {
		return nil, err
	}
	if results.Error != nil {
		return []string{fmt.Sprintf("%s: %s", dockerFile, results.Error.Message)}, nil
	}
	for _, w := range results.Warnings {
		line := int32(1)
		if ranges := w.Location.GetRanges(); len(ranges) > 0 {
			line = ranges[0].GetStart().GetLine()
		}
		problems = append(problems, fmt.Sprintf("%s:%d: %s: %s", dockerFile, line, w.RuleName, w.Detail))
	}
	faults, err := stageFaults(text)
	if err != nil {
		return nil, err
	}
	return append(problems, faults...), nil
}

// emptyImages answers for every base image that it sets nothing.
type emptyImages struct{}

// ResolveImageConfig is sourceresolver.ImageMetaResolver.
func (emptyImages) ResolveImageConfig(_ context.Context, ref string, _ sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	return ref, "", []byte(`{"config":{}}`), nil
}

// stageFaults holds the stages to this project's promises: the last of them is the image, and a stage that is copied
// from exists.
func stageFaults(text []byte) ([]string, error) {
	file, err := parser.Parse(bytes.NewReader(text))
	if err != nil {
		return nil, err
	}
	stages, _, err := instructions.Parse(file.AST, nil)
	if err != nil {
		return nil, err
	}
	if len(stages) == 0 {
		return []string{dockerFile + ": no stage"}, nil
	}
	return append(unknownStages(stages), imageFaults(stages[len(stages)-1])...), nil
}

// imageFaults wants an empty base, a number for a user, a health check, and a program that gets signals itself.
func imageFaults(image instructions.Stage) []string {
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
	var faults []string
	for _, promise := range []struct {
		kept  bool
		fault string
	}{
		{image.BaseName == "scratch", "the image is built on " + image.BaseName + ", not on scratch"},
		{user, "user: want USER and a number that isn't 0"},
		{check, `health check: want HEALTHCHECK CMD ["COMMAND"], since there is no shell`},
		{entry, `entry point: want ENTRYPOINT ["COMMAND"], since there is no shell`},
	} {
		if !promise.kept {
			faults = append(faults, dockerFile+": "+promise.fault)
		}
	}
	return faults
}

// unknownStages finds each COPY --from that names no earlier stage: the engine would look for it in a registry.
func unknownStages(stages []instructions.Stage) []string {
	var faults []string
	known := map[string]bool{}
	for _, stage := range stages {
		for _, command := range stage.Commands {
			c, ok := command.(*instructions.CopyCommand)
			if ok && c.From != "" && !known[c.From] {
				faults = append(faults, dockerFile+": COPY --from="+c.From+" names no stage above it")
			}
		}
		known[stage.Name] = true
	}
	return faults
}
