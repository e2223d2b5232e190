package main

import (
	"bytes"
	"path/filepath"

	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

const divider = "\n---\n"

// build is `kubectl kustomize`, with the example of a secret behind it.
func build(dir string) ([]byte, error) {
	manifests := filepath.Join(dir, "deploy", "kubernetes")
	built, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), manifests)
	if err != nil {
		return nil, err
	}
	text, err := built.AsYaml()
	if err != nil {
		return nil, err
	}
	secret, err := read(manifests, "secret.example.yaml")
	if err != nil {
		return nil, err
	}
	return append(append(text, divider...), secret...), nil
}

// cluster is what the manifests make, one of each kind.
type cluster struct {
	namespace  corev1.Namespace
	account    corev1.ServiceAccount
	config     corev1.ConfigMap
	secret     corev1.Secret
	service    corev1.Service
	deployment appsv1.Deployment
	budget     policyv1.PodDisruptionBudget
	scaler     autoscalingv2.HorizontalPodAutoscaler
	network    networkingv1.NetworkPolicy
}

// lintManifests decodes each document as a cluster does that takes no unknown field, and looks at what came of it.
func lintManifests(text []byte, known map[string]metric) []string {
	var c cluster
	problems := c.decode(text)
	if len(problems) > 0 {
		return problems
	}
	problems = append(problems, c.podFaults()...)
	problems = append(problems, c.containerFaults()...)
	problems = append(problems, c.aroundFaults()...)
	return append(problems, c.scalerFaults(known)...)
}

// decode fills the cluster and returns what is unknown, missing or there twice.
func (c *cluster) decode(text []byte) []string {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{
		appsv1.AddToScheme, autoscalingv2.AddToScheme, corev1.AddToScheme, networkingv1.AddToScheme, policyv1.AddToScheme,
	} {
		if err := add(scheme); err != nil {
			return []string{err.Error()}
		}
	}
	wanted := map[string]runtime.Object{
		"Namespace": &c.namespace, "ServiceAccount": &c.account, "ConfigMap": &c.config, "Secret": &c.secret,
		"Service": &c.service, "Deployment": &c.deployment, "PodDisruptionBudget": &c.budget,
		"HorizontalPodAutoscaler": &c.scaler, "NetworkPolicy": &c.network,
	}
	decoder := serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
	var problems []string
	for document := range bytes.SplitSeq(text, []byte(divider)) {
		_, kind, err := decoder.Decode(document, nil, nil)
		if err != nil {
			problems = append(problems, err.Error())
			continue
		}
		into := wanted[kind.Kind]
		delete(wanted, kind.Kind)
		if into == nil {
			problems = append(problems, "nobody looks at this "+kind.Kind)
			continue
		}
		if _, _, err := decoder.Decode(document, nil, into); err != nil {
			problems = append(problems, err.Error())
		}
	}
	for kind := range wanted {
		problems = append(problems, "there is no "+kind)
	}
	return problems
}
