{{- define "rent-to-own.name" -}}
{{- if contains .Chart.Name .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{ else }}{{ printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" }}{{ end -}}
{{- end }}

{{- define "rent-to-own.selector" -}}
app.kubernetes.io/name: rent-to-own
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- with .group }}
rent-to-own/group: {{ . }}
{{- end }}
{{- with .build }}
rent-to-own/build: {{ . | quote }}
{{- end }}
{{- end }}

{{- define "rent-to-own.labels" -}}
{{ include "rent-to-own.selector" . }}
app.kubernetes.io/version: {{ .build | default .root.Values.image.tag | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end }}

{{- /* The image of a version, by its digest where there is one. */ -}}
{{- define "rent-to-own.image" -}}
{{- if .version.digest }}{{ .repository }}@{{ .version.digest }}{{ else }}{{ .repository }}:{{ .version.tag }}{{ end -}}
{{- end }}

{{- /* Part of a name, from a tag: a long one is cut, and told from others that begin alike. */ -}}
{{- define "rent-to-own.slug" -}}
{{- $tag := . | toString -}}
{{- $slug := $tag | lower | replace "." "-" | replace "_" "-" | replace "+" "-" -}}
{{- if gt (len $slug) 24 }}{{ printf "%s-%s" ($slug | trunc 16 | trimSuffix "-") ($tag | sha256sum | trunc 7) }}{{ else }}{{ $slug | trimSuffix "-" }}{{ end -}}
{{- end }}

{{- /* The kinds of work that a group runs, with commas between them: `others` are those that no group names. Takes root, runs. */ -}}
{{- define "rent-to-own.runs" -}}
{{- $others := splitList "\n" (.root.Files.Get "files/kinds-of-work.txt" | trim) -}}
{{- range .root.Values.workers.groups }}{{ range .runs }}{{ $others = without $others . }}{{ end }}{{ end -}}
{{- $runs := without .runs "others" -}}
{{- if has "others" .runs }}{{ $runs = concat $runs $others }}{{ end -}}
{{- join "," $runs -}}
{{- end }}

{{- define "rent-to-own.every-kind" -}}
{{- $left := splitList "\n" (.Files.Get "files/kinds-of-work.txt" | trim) -}}
{{- range .Values.workers.groups }}{{ range splitList "," (include "rent-to-own.runs" (dict "root" $ "runs" .runs)) }}{{ $left = without $left . }}{{ end }}{{ end -}}
{{- with $left }}{{ fail (printf "no group of workers.groups runs %s" (join ", " .)) }}{{ end -}}
{{- end }}

{{- define "rent-to-own.environment" -}}
{{- $values := .root.Values -}}
{{- $all := merge (dict) (.set | default dict) (.own | default dict) $values.environment -}}
- name: NODE_ENV
  value: production
- name: SECRETS_DIR
  value: /run/secrets/rent-to-own
- name: METRICS_PORT
  value: '9464'
{{- with $values.workers.deployment }}
- name: WORKER_DEPLOYMENT
  value: {{ . | quote }}
{{- end }}
{{- if $values.temporalTls }}
- name: TEMPORAL_TLS_CA
  value: /run/secrets/temporal/ca.crt
- name: TEMPORAL_TLS_CERT
  value: /run/secrets/temporal/tls.crt
- name: TEMPORAL_TLS_KEY
  value: /run/secrets/temporal/tls.key
{{- end }}
{{- range $name, $value := $all }}
- name: {{ $name }}
  value: {{ kindIs "string" $value | ternary $value (toJson $value) | quote }}
{{- end }}
{{- end }}

{{- /*
What all pods have in common. Takes root, part, command (a file of dist/), resources, and at will group, version, build,
set (variables), own (environment of the part), ports, probePort, spread, drain (seconds that a stop waits for others to
hear of it), restart.
*/ -}}
{{- define "rent-to-own.pod" -}}
{{- $values := .root.Values -}}
{{- $version := .version | default $values.image -}}
metadata:
  labels: {{- include "rent-to-own.labels" . | nindent 4 }}
  {{- with $values.annotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  automountServiceAccountToken: false
  enableServiceLinks: false
  restartPolicy: {{ .restart | default "Always" }}
  # A process stops within 15 seconds.
  terminationGracePeriodSeconds: 40
  {{- with $values.image.pullSecrets }}
  imagePullSecrets: {{- toYaml . | nindent 4 }}
  {{- end }}
  securityContext:
    runAsNonRoot: true
    runAsUser: 1000
    runAsGroup: 1000
    fsGroup: 1000
    seccompProfile: { type: RuntimeDefault }
  {{- if .spread }}
  topologySpreadConstraints:
    {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
    - maxSkew: 1
      topologyKey: {{ . }}
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels: {{- include "rent-to-own.selector" $ | nindent 10 }}
      matchLabelKeys: [pod-template-hash]
    {{- end }}
  {{- end }}
  {{- with $values.nodeSelector }}
  nodeSelector: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.tolerations }}
  tolerations: {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: {{ .part }}
      image: {{ include "rent-to-own.image" (dict "repository" $values.image.repository "version" $version) }}
      command: [node, dist/{{ .command }}.js]
      {{- with .arguments }}
      args: {{- toYaml . | nindent 8 }}
      {{- end }}
      env: {{- include "rent-to-own.environment" . | nindent 8 }}
      {{- if .probePort }}
      ports:
        {{- range $name, $port := .ports }}
        - { name: {{ $name }}, containerPort: {{ $port }} }
        {{- end }}
        - { name: metrics, containerPort: 9464 }
      startupProbe:
        httpGet: { path: /health/live, port: {{ .probePort }} }
        periodSeconds: 2
        failureThreshold: 60
      livenessProbe:
        httpGet: { path: /health/live, port: {{ .probePort }} }
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      readinessProbe:
        httpGet: { path: /health/ready, port: {{ .probePort }} }
        periodSeconds: 5
        timeoutSeconds: 5
      {{- end }}
      {{- with .drain }}
      # Whoever sends requests hears only a moment later that this pod ends.
      lifecycle:
        preStop:
          sleep: { seconds: {{ . }} }
      {{- end }}
      resources: {{- toYaml .resources | nindent 8 }}
      securityContext:
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities: { drop: [ALL] }
      volumeMounts:
        - { name: tmp, mountPath: /tmp }
        - { name: secrets, mountPath: /run/secrets/rent-to-own, readOnly: true }
        {{- if $values.temporalTls }}
        - { name: temporal-tls, mountPath: /run/secrets/temporal, readOnly: true }
        {{- end }}
  volumes:
    - name: tmp
      emptyDir: { sizeLimit: 64Mi }
    - name: secrets
      secret: { secretName: {{ $values.secret }}, defaultMode: 0440 }
    {{- with $values.temporalTls }}
    - name: temporal-tls
      secret: { secretName: {{ . }}, defaultMode: 0440 }
    {{- end }}
{{- end }}
