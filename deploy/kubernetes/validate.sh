#!/bin/sh
# Renders the chart with the values of ci/ and holds what comes out against the schemas of Kubernetes. Takes helm and
# kubeconform from the PATH, or has Go build them; the schemas come with the Python package kubernetes-validate.
# With KUBECONFIG and kubectl the cluster's API server is asked as well, and nothing is kept.
set -eu
cd "$(dirname "$0")"
cache=${XDG_CACHE_HOME:-$HOME/.cache}/rent-to-own/kubernetes
helm_version=v3.22.0
kubeconform_version=v0.8.0
schemas_version=1.37.0
rendered=$(mktemp -d)
trap 'rm -rf "$rendered"' EXIT

mkdir -p "$cache/bin"
PATH=$PATH:$cache/bin
tool() {
  command -v "$1" >/dev/null || GOBIN=$cache/bin CGO_ENABLED=0 go install "$2"
}
tool helm "helm.sh/helm/v3/cmd/helm@$helm_version"
tool kubeconform "github.com/yannh/kubeconform/cmd/kubeconform@$kubeconform_version"

schemas=$cache/schemas-$schemas_version
if [ ! -d "$schemas" ]; then
  python3 -m pip install --quiet --no-deps --target "$cache/python" "kubernetes-validate==$schemas_version"
  cp -r "$cache"/python/kubernetes_validate/kubernetes-json-schema "$schemas.new"
  # They name themselves and each other by addresses; here they are files beside each other.
  find "$schemas.new" -name '*.json' -exec sed -i -e 's#"$id": "https:#"$comment": "https:#' -e 's#"/api/_definitions.json#"_definitions.json#' {} +
  mv "$schemas.new" "$schemas"
fi

for values in ci/*.yaml; do
  helm lint --quiet --kube-version 1.34.0 --values "$values" .
  for version in 1.30.0 1.34.0; do
    output=$rendered/$(basename "$values" .yaml)-$version.yaml
    helm template rto . --namespace rto --kube-version "$version" --values "$values" >"$output" 2>"$rendered/said" || {
      cat "$rendered/said" >&2
      exit 1
    }
    # What the Prometheus operator brings has no schema here.
    echo "$values, Kubernetes $version"
    kubeconform -strict -summary -skip PodMonitor,PrometheusRule \
      -schema-location "$schemas/v$version-local-strict/{{ .ResourceKind }}{{ .KindSuffix }}.json" "$output"
  done
done

if [ -n "${KUBECONFIG:-}" ]; then
  kubectl apply --dry-run=server --filename "$rendered/least-1.34.0.yaml"
fi
