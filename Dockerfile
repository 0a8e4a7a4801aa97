# The command line and the worker. Plain Dockerfile syntax: any builder takes it.
#   worker (default)  runs steps; reaches hosts by ssh
#   cli               the same with ssh and what the demo in containers needs
FROM node:20.20.2-bookworm-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npx tsc -b bin && node scripts/bundle-workflows.mjs && rm -rf dist/.tsbuild
# One of the five native libraries is this machine's; 250 MB are the others'.
RUN npm prune --omit=dev --no-audit --no-fund \
 && node -e "const fs = require('fs'), dir = 'node_modules/@temporalio/core-bridge/releases/'; \
      const own = ({ x64: 'x86_64', arm64: 'aarch64' })[process.arch] + '-unknown-linux-gnu'; \
      fs.accessSync(dir + own); \
      for (const name of fs.readdirSync(dir)) if (name !== own) fs.rmSync(dir + name, { recursive: true });" \
 && find node_modules \( -name '*.map' -o -name '*.ts' \) -type f -delete

FROM node:20.20.2-bookworm-slim AS runbook
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /build/package.json ./
COPY --from=build /build/bin/runbook bin/runbook
COPY --from=build /build/dist dist
COPY --from=build /build/node_modules node_modules
RUN ln -s /app/bin/runbook /usr/local/bin/runbook
# What the worker keeps: reports. Whoever it runs as may write there, and a new volume takes this over.
RUN install -d -m 1777 /state
ENV RUNBOOK_STATE_HOME=/state
USER node
WORKDIR /runbook
ENTRYPOINT ["runbook"]

FROM runbook AS cli
USER root
RUN apt-get update \
 && apt-get install -y --no-install-recommends openssh-client \
 && rm -rf /var/lib/apt/lists/*
USER node
CMD ["--help"]

FROM runbook AS worker
# The file is renewed as long as the worker runs and Temporal answers it.
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=3 \
  CMD find /tmp/worker-ready -newermt '15 seconds ago' | grep -q .
CMD ["worker", "--ready-file", "/tmp/worker-ready"]
