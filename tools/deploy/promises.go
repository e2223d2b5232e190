package main

import (
	"slices"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// faults gathers what is not as it was promised.
type faults []string

func (f *faults) need(ok bool, fault string) {
	if !ok {
		*f = append(*f, fault)
	}
}

func is(b *bool, want bool) bool { return b != nil && *b == want }

// podFaults holds the pod to the restricted standard of Kubernetes and to the time that the bot takes to stop.
func (c *cluster) podFaults() []string {
	var f faults
	pod := c.deployment.Spec.Template.Spec
	const grace = 15
	f.need(pod.TerminationGracePeriodSeconds != nil && *pod.TerminationGracePeriodSeconds >= grace, "Deployment: it is killed before it has given its work back")
	f.need(is(pod.AutomountServiceAccountToken, false), "Deployment: it can speak to the cluster")
	f.need(pod.ServiceAccountName == c.account.Name && is(c.account.AutomountServiceAccountToken, false), "ServiceAccount: not the pod's own, or it can speak to the cluster")
	f.need(!pod.HostNetwork && !pod.HostPID && !pod.HostIPC, "Deployment: it lives in its node's namespaces")
	security := pod.SecurityContext
	f.need(security != nil && is(security.RunAsNonRoot, true), "Deployment: it may run as root")
	f.need(security != nil && security.SeccompProfile != nil && security.SeccompProfile.Type == corev1.SeccompProfileTypeRuntimeDefault,
		"Deployment: it may make any system call")
	for i := range pod.Volumes {
		v := pod.Volumes[i]
		f.need(v.HostPath == nil, "Deployment: it mounts a directory of its node")
		f.need(v.ConfigMap == nil || v.ConfigMap.Name == c.config.Name, "Deployment: it mounts another ConfigMap")
		f.need(v.Secret == nil || v.Secret.SecretName == c.secret.Name, "Deployment: it mounts another Secret")
	}
	return f
}

func (c *cluster) containerFaults() []string {
	var f faults
	containers := c.deployment.Spec.Template.Spec.Containers
	f.need(len(containers) == 1, "Deployment: it runs other containers than the bot's")
	for i := range containers {
		own := containers[i].SecurityContext
		f.need(own != nil && is(own.AllowPrivilegeEscalation, false), "Deployment: it can gain privileges")
		f.need(own != nil && is(own.ReadOnlyRootFilesystem, true), "Deployment: its file system can be written")
		f.need(own != nil && own.Capabilities != nil && slices.Contains(own.Capabilities.Drop, "ALL") && len(own.Capabilities.Add) == 0,
			"Deployment: it keeps capabilities")
		f.need(!containers[i].Resources.Limits.Memory().IsZero(), "Deployment: it may take all memory of its node")
		f.need(asks(containers[i].StartupProbe, "/healthz"), "Deployment: its startupProbe does not ask /healthz")
		f.need(asks(containers[i].LivenessProbe, "/healthz"), "Deployment: its livenessProbe does not ask /healthz, which is fine while Redis is away")
		f.need(asks(containers[i].ReadinessProbe, "/readyz"), "Deployment: its readinessProbe does not ask /readyz")
	}
	return f
}

func asks(p *corev1.Probe, path string) bool {
	return p != nil && p.HTTPGet != nil && p.HTTPGet.Path == path
}

// aroundFaults looks at what stands around the pods: each has to mean them.
func (c *cluster) aroundFaults() []string {
	var f faults
	f.need(c.namespace.Labels["pod-security.kubernetes.io/enforce"] == "restricted", "Namespace: it takes pods that are not restricted")
	f.need(c.means(c.deployment.Spec.Selector), "Deployment: it does not find its own pods")
	f.need(c.means(metav1.SetAsLabelSelector(c.service.Spec.Selector)), "Service: it does not find the pods")
	f.need(c.means(c.budget.Spec.Selector), "PodDisruptionBudget: it does not find the pods")
	least, most := c.budget.Spec.MinAvailable, c.budget.Spec.MaxUnavailable
	f.need((least != nil && least.IntValue() >= 1) || (most != nil && most.IntValue() == 1), "PodDisruptionBudget: all pods may go at once")
	f.need(c.means(&c.network.Spec.PodSelector), "NetworkPolicy: it does not find the pods")
	types := c.network.Spec.PolicyTypes
	f.need(slices.Contains(types, networkingv1.PolicyTypeIngress) && slices.Contains(types, networkingv1.PolicyTypeEgress),
		"NetworkPolicy: one direction is open")
	for _, rule := range c.network.Spec.Ingress {
		f.need(len(rule.Ports) > 0, "NetworkPolicy: every port can be reached")
	}
	for _, rule := range c.network.Spec.Egress {
		f.need(len(rule.Ports) > 0, "NetworkPolicy: it reaches every port")
	}
	return f
}

// means tells whether a selector selects the pods of the Deployment, and is not one that selects everything.
func (c *cluster) means(s *metav1.LabelSelector) bool {
	selector, err := metav1.LabelSelectorAsSelector(s)
	return err == nil && !selector.Empty() && selector.Matches(labels.Set(c.deployment.Spec.Template.Labels))
}

func (c *cluster) scalerFaults(known map[string]metric) []string {
	var f faults
	spec := c.scaler.Spec
	f.need(spec.ScaleTargetRef.Kind == "Deployment" && spec.ScaleTargetRef.Name == c.deployment.Name, "HorizontalPodAutoscaler: it scales something else")
	f.need(c.deployment.Spec.Replicas == nil, "Deployment: it undoes what the autoscaler has set")
	f.need(spec.MinReplicas != nil && *spec.MinReplicas >= 2, "HorizontalPodAutoscaler: nobody is there while the one replica is replaced")
	f.need(len(spec.Metrics) > 0, "HorizontalPodAutoscaler: it looks at nothing")
	for _, m := range spec.Metrics {
		ok := m.Pods != nil
		if ok {
			_, ok = known[m.Pods.Metric.Name]
		}
		f.need(ok, "HorizontalPodAutoscaler: it looks at no metric of the bot")
	}
	return f
}
