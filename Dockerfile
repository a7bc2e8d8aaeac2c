# certprune in a container: `worker`, `verify` and every other command.
#   docker build -t certprune .
#   docker run --rm --init -v "$PWD:/data" certprune verify --onnx net.onnx --vnnlib property.vnnlib
#   docker run --rm --init -v /shared/runs:/data/runs certprune worker --queue redis://head:6379
FROM node:24-bookworm-slim AS package
WORKDIR /source
COPY package.json package-lock.json .npmrc ./
COPY scripts scripts
RUN ["node", "scripts/bootstrap.js", "install"]
COPY . .
RUN ["node", "scripts/bootstrap.js", "build"]
RUN ["npm", "pack", "--pack-destination", "/"]

# ONNX Runtime wants glibc: no Alpine.
FROM node:24-bookworm-slim
COPY --from=package /certprune-*.tgz /opt/
RUN npm install --global --no-fund --no-audit /opt/certprune-*.tgz && npm cache clean --force
USER node
WORKDIR /data
ENTRYPOINT ["certprune"]
CMD ["--help"]
