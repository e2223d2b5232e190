package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// root is the top of the repository. The project's own files are the good case; each row breaks one thing in them.
const root = "../.."

func text(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func known(t *testing.T) map[string]metric {
	t.Helper()
	all := metrics([]byte(text(t, "docs/operations.md")))
	if m := all["recallbot_recall_latency_seconds"]; !m.histogram || strings.Join(m.labels, " ") != "via" {
		t.Fatalf("the table of metrics can't be read: %+v", all)
	}
	return all
}

// broken returns the text with one pattern replaced, which must be in it.
func broken(t *testing.T, text, pattern, with string) []byte {
	t.Helper()
	re := regexp.MustCompile(pattern)
	at := re.FindStringSubmatchIndex(text)
	if at == nil {
		t.Fatalf("there is no %q to break", pattern)
	}
	return []byte(text[:at[0]] + string(re.ExpandString(nil, with, text, at)) + text[at[1]:])
}

func wantFault(t *testing.T, problems []string, want string) {
	t.Helper()
	if !strings.Contains(strings.Join(problems, "\n"), want) {
		t.Errorf("got %q, want one that says %q", problems, want)
	}
}

func TestProject(t *testing.T) {
	t.Parallel()
	problems, err := check(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Error(p)
	}
}

func TestProjectMissing(t *testing.T) {
	t.Parallel()
	if _, err := check(t.TempDir()); err == nil {
		t.Error("a directory without manifests is fine")
	}
}

func TestManifests(t *testing.T) {
	t.Parallel()
	built, err := build(root)
	if err != nil {
		t.Fatal(err)
	}
	names := known(t)
	// kind starts at the document of a kind, as its keys are sorted.
	kind := func(name, pattern string) string { return `(?s)(kind: ` + name + `\n.*?)` + pattern }
	for _, tc := range []struct{ name, pattern, with, want string }{
		{"unknown field", "terminationGracePeriodSeconds", "terminationGracePeriod", "unknown field"},
		{"unknown kind", "kind: NetworkPolicy", "kind: NetPolicy", "NetPolicy"},
		{"missing", `(?s)\n---\napiVersion: policy/v1\n.*?\n---\n`, "\n---\n", "there is no PodDisruptionBudget"},
		{"root", "runAsNonRoot: true", "runAsNonRoot: false", "as root"},
		{"system calls", "type: RuntimeDefault", "type: Unconfined", "system call"},
		{"writable", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "file system"},
		{"privileges", "allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true", "privileges"},
		{"capabilities", "- ALL", "- CHOWN", "capabilities"},
		{"token of the cluster", "automountServiceAccountToken: false", "automountServiceAccountToken: true", "speak to the cluster"},
		{"killed too early", "terminationGracePeriodSeconds: 20", "terminationGracePeriodSeconds: 5", "given its work back"},
		{"memory", `limits:\n\s+memory: 512Mi`, "limits: {}", "memory"},
		{"no probe", `(?s) {8}readinessProbe:\n(?: {10}[^\n]*\n)+`, "", "readinessProbe"},
		{"restarted while Redis is away", `(?s)(livenessProbe:\s+httpGet:\s+path: )/healthz`, "${1}/readyz", "livenessProbe"},
		{"namespace takes all", "enforce: restricted", "enforce: privileged", "not restricted"},
		{"budget of others", kind("PodDisruptionBudget", "app.kubernetes.io/name: recallbot"), "${1}app: other", "PodDisruptionBudget: it does not find"},
		{"no budget", "minAvailable: 1", "minAvailable: 0", "at once"},
		{"scales something else", kind("HorizontalPodAutoscaler", `(kind: Deployment\s+name: )recallbot`), "${1}${2}other", "scales something else"},
		{"one replica", "minReplicas: 2", "minReplicas: 1", "the one replica"},
		{"scales by nothing", "name: recallbot_work_oldest_seconds", "name: recallbot_work_newest_seconds", "no metric"},
		{"open to the world", `  - Egress\n`, "", "one direction"},
		{"network of others", kind("NetworkPolicy", "app.kubernetes.io/name: recallbot"), "${1}app: other", "NetworkPolicy: it does not find"},
		{"service of others", kind("Service", `(selector:\s+)app.kubernetes.io/name: recallbot`), "${1}${2}app: other", "Service: it does not find"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			wantFault(t, lintManifests(broken(t, string(built), tc.pattern, tc.with), names), tc.want)
		})
	}
}

func TestRules(t *testing.T) {
	t.Parallel()
	rules, names := text(t, "deploy/prometheus/alerts.yml"), known(t)
	for _, tc := range []struct{ name, pattern, with, want string }{
		{"unknown field", "labels: ", "label: ", "label"},
		{"no PromQL", `sum\(rate\(`, "sum(rate((", "parse"},
		{"no template", `\{\{ \$value`, "{{ $$values", "template"},
		{"no metric", "recallbot_work_oldest_seconds", "recallbot_work_oldest", "recallbot_work_oldest is no series"},
		{"no label", `recallbot_work_items\{state=`, "recallbot_work_items{status=", "no label status"},
		{"no label to group by", `sum by \(reason\)`, "sum by (cause)", "a label cause"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			wantFault(t, lintRules(broken(t, rules, tc.pattern, tc.with), names), tc.want)
		})
	}
}

func TestDashboard(t *testing.T) {
	t.Parallel()
	dashboard, names := text(t, "deploy/grafana/recallbot.json"), known(t)
	for _, tc := range []struct{ name, pattern, with, want string }{
		{"no JSON", `\{`, "", "recallbot.json"},
		{"no PromQL", `\$__rate_interval`, "$$__rate", "parse"},
		{"histogram without an ending", "recallbot_intake_seconds_bucket", "recallbot_intake_seconds", "no series"},
		{"nothing is asked for", `"expr": "[^"]*"`, `"expr": "1"`, "asks for nothing"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			wantFault(t, lintDashboard(broken(t, dashboard, tc.pattern, tc.with), names), tc.want)
		})
	}
}
