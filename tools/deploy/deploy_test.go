// Package deploy_test reads deploy/kubernetes with Kubernetes' own packages, without a cluster, and holds it to what this
// project promises of a deployment.
package deploy_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

const (
	root    = "../.."
	divider = "\n---\n"
	// stopTime is what the bot takes at most to give its work back, in seconds.
	stopTime = 15
)

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// build is `kubectl kustomize`, with the example of a secret behind it.
func build(t *testing.T) string {
	t.Helper()
	manifests := filepath.Join(root, "deploy", "kubernetes")
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), manifests)
	if err != nil {
		t.Fatal(err)
	}
	text, err := built.AsYaml()
	if err != nil {
		t.Fatal(err)
	}
	return string(text) + divider + read(t, "deploy/kubernetes/secret.example.yaml")
}

// decode reads each document as a cluster does that takes no unknown field.
func decode(text string) ([]runtime.Object, error) {
	scheme := runtime.NewScheme()
	add := runtime.NewSchemeBuilder(appsv1.AddToScheme, autoscalingv2.AddToScheme, corev1.AddToScheme, networkingv1.AddToScheme, policyv1.AddToScheme)
	if err := add.AddToScheme(scheme); err != nil {
		return nil, err
	}
	decoder := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	var objects []runtime.Object
	for document := range bytes.SplitSeq([]byte(text), []byte(divider)) {
		object, _, err := decoder.Decode(document, nil, nil)
		if err != nil {
			return nil, err
		}
		objects = append(objects, object)
	}
	return objects, nil
}

// one is the object of a type, or an empty one, of which nothing is as it should be.
func one[T any](objects []runtime.Object) *T {
	for _, object := range objects {
		if found, ok := any(object).(*T); ok {
			return found
		}
	}
	return new(T)
}

// faults gathers what is not as it was promised.
type faults []string

func (f *faults) need(ok bool, fault string) {
	if !ok {
		*f = append(*f, fault)
	}
}

func is[T comparable](p *T, want T) bool { return p != nil && *p == want }

// check returns what is wrong with manifests, a sentence each.
func check(text, operations string) faults {
	objects, err := decode(text)
	if err != nil {
		return faults{err.Error()}
	}
	deployment := one[appsv1.Deployment](objects)
	var f faults
	f.podFaults(objects, deployment.Spec.Template)
	f.aroundFaults(objects, deployment)
	f.scalerFaults(one[autoscalingv2.HorizontalPodAutoscaler](objects).Spec, deployment, operations)
	return f
}

// podFaults holds the pod to the restricted standard of Kubernetes, to the time that the bot takes to stop, and to the little
// that it needs.
func (f *faults) podFaults(objects []runtime.Object, template corev1.PodTemplateSpec) {
	pod := template.Spec
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	f.need(err == nil, "Deployment: it can't be held to the standard")
	if err == nil {
		level := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
		standard := policy.AggregateCheckResults(evaluator.EvaluatePod(level, &template.ObjectMeta, &pod))
		f.need(standard.Allowed, "Deployment: "+standard.ForbiddenDetail())
	}
	account := one[corev1.ServiceAccount](objects)
	f.need(pod.TerminationGracePeriodSeconds != nil && *pod.TerminationGracePeriodSeconds >= stopTime, "Deployment: it is killed before it has given its work back")
	f.need(is(pod.AutomountServiceAccountToken, false), "Deployment: it can speak to the cluster")
	f.need(pod.ServiceAccountName == account.Name && is(account.AutomountServiceAccountToken, false), "ServiceAccount: not the pod's own, or it can speak to the cluster")
	for _, v := range pod.Volumes {
		f.need(v.ConfigMap == nil || v.ConfigMap.Name == one[corev1.ConfigMap](objects).Name, "Deployment: it mounts another ConfigMap")
		f.need(v.Secret == nil || v.Secret.SecretName == one[corev1.Secret](objects).Name, "Deployment: it mounts another Secret")
	}
	f.need(len(pod.Containers) == 1, "Deployment: it runs other containers than the bot's")
	for _, c := range pod.Containers {
		f.need(c.SecurityContext != nil && is(c.SecurityContext.ReadOnlyRootFilesystem, true), "Deployment: its file system can be written")
		f.need(!c.Resources.Limits.Memory().IsZero(), "Deployment: it may take all memory of its node")
		f.need(asks(c.StartupProbe, "/healthz"), "Deployment: its startupProbe does not ask /healthz")
		f.need(asks(c.LivenessProbe, "/healthz"), "Deployment: its livenessProbe does not ask /healthz, which is fine while Redis is away")
		f.need(asks(c.ReadinessProbe, "/readyz"), "Deployment: its readinessProbe does not ask /readyz")
	}
}

func asks(p *corev1.Probe, path string) bool {
	return p != nil && p.HTTPGet != nil && p.HTTPGet.Path == path
}

// aroundFaults looks at what is around the pods: each has to mean them, by a selector that does not select everything.
func (f *faults) aroundFaults(objects []runtime.Object, deployment *appsv1.Deployment) {
	budget, network := one[policyv1.PodDisruptionBudget](objects).Spec, one[networkingv1.NetworkPolicy](objects).Spec
	for name, s := range map[string]*metav1.LabelSelector{
		"Deployment": deployment.Spec.Selector, "PodDisruptionBudget": budget.Selector, "NetworkPolicy": &network.PodSelector,
		"Service": metav1.SetAsLabelSelector(one[corev1.Service](objects).Spec.Selector),
	} {
		selector, err := metav1.LabelSelectorAsSelector(s)
		f.need(err == nil && !selector.Empty() && selector.Matches(labels.Set(deployment.Spec.Template.Labels)), name+": it does not find the pods")
	}
	f.need(one[corev1.Namespace](objects).Labels[api.EnforceLevelLabel] == string(api.LevelRestricted), "Namespace: it takes pods that are not restricted")
	least, most := budget.MinAvailable, budget.MaxUnavailable
	f.need((least != nil && least.IntValue() >= 1) || (most != nil && most.IntValue() == 1), "PodDisruptionBudget: all pods may go at once")
	f.need(slices.Contains(network.PolicyTypes, networkingv1.PolicyTypeIngress) && slices.Contains(network.PolicyTypes, networkingv1.PolicyTypeEgress),
		"NetworkPolicy: one direction is open")
	for _, rule := range network.Ingress {
		f.need(len(rule.Ports) > 0, "NetworkPolicy: every port can be reached")
	}
	for _, rule := range network.Egress {
		f.need(len(rule.Ports) > 0, "NetworkPolicy: it reaches every port")
	}
}

// scalerFaults looks at the autoscaler, whose metrics are those of the table in docs/operations.md.
func (f *faults) scalerFaults(spec autoscalingv2.HorizontalPodAutoscalerSpec, deployment *appsv1.Deployment, operations string) {
	f.need(spec.ScaleTargetRef.Kind == "Deployment" && spec.ScaleTargetRef.Name == deployment.Name, "HorizontalPodAutoscaler: it scales something else")
	f.need(deployment.Spec.Replicas == nil, "Deployment: it undoes what the autoscaler has set")
	f.need(spec.MinReplicas != nil && *spec.MinReplicas >= 2, "HorizontalPodAutoscaler: no replica serves while the one replica is replaced")
	f.need(len(spec.Metrics) > 0, "HorizontalPodAutoscaler: it looks at nothing")
	for _, m := range spec.Metrics {
		f.need(m.Pods != nil && strings.Contains(operations, "\n| `"+m.Pods.Metric.Name+"` | "), "HorizontalPodAutoscaler: it looks at no metric of the bot")
	}
}

func TestProject(t *testing.T) {
	t.Parallel()
	for _, fault := range check(build(t), read(t, "docs/operations.md")) {
		t.Error(fault)
	}
}

// TestFaultsAreFound: the project's own files are the good case; each row breaks one thing in them.
func TestFaultsAreFound(t *testing.T) {
	t.Parallel()
	built, operations := build(t), read(t, "docs/operations.md")
	// kind starts at the document of a kind, as its keys are sorted.
	kind := func(name, pattern string) string { return `(?s)(kind: ` + name + `\n.*?)` + pattern }
	for _, tc := range []struct{ name, pattern, with, want string }{
		{"unknown field", "terminationGracePeriodSeconds", "terminationGracePeriod", "unknown field"},
		{"unknown kind", "kind: NetworkPolicy", "kind: NetPolicy", "NetPolicy"},
		{"missing", `(?s)\n---\napiVersion: policy/v1\n.*?\n---\n`, "\n---\n", "PodDisruptionBudget"},
		{"root", "runAsNonRoot: true", "runAsNonRoot: false", "runAsNonRoot"},
		{"system calls", "type: RuntimeDefault", "type: Unconfined", "seccompProfile"},
		{"writable", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "file system"},
		{"privileges", "allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true", "allowPrivilegeEscalation"},
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
			re := regexp.MustCompile(tc.pattern)
			at := re.FindStringSubmatchIndex(built)
			if at == nil {
				t.Fatalf("there is no %q to break", tc.pattern)
			}
			found := check(built[:at[0]]+string(re.ExpandString(nil, tc.with, built, at))+built[at[1]:], operations)
			if !strings.Contains(strings.Join(found, "\n"), tc.want) {
				t.Errorf("got %q, want one that says %q", found, tc.want)
			}
		})
	}
}
