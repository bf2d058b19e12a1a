# The image of docs/containers.md. tests/containers does the steps of this file in a root of its own, so keep to
# what it reads: FROM, ENV, WORKDIR, COPY, RUN, USER, VOLUME, EXPOSE, HEALTHCHECK, ENTRYPOINT, CMD.
FROM python:3.13-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /build
COPY . .
RUN python -m venv /tools && /tools/bin/pip install -q --only-binary :all: -c requirements.lock hatchling
RUN /tools/bin/pip wheel -q --no-deps --no-build-isolation -w /wheels .
RUN python -m venv --without-pip /opt/dsm-emulator
# docopt, which num2words needs, and WSDiscovery have no wheel; they are Python alone.
RUN for wheel in /wheels/*.whl; do /tools/bin/pip --python /opt/dsm-emulator install -q --only-binary :all: --no-binary docopt,wsdiscovery -c requirements.lock "$wheel[ad,capture,documents,smb]" || exit 1; done

FROM python:3.13-slim
COPY --from=build /opt/dsm-emulator /opt/dsm-emulator
ENV PATH=/opt/dsm-emulator/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ENV PYTHONDONTWRITEBYTECODE=1 DSM_EMULATOR_STATE=/state
# Whoever it runs as can write there.
RUN mkdir -m 1777 /scans /state
WORKDIR /scans
VOLUME ["/scans", "/state"]
EXPOSE 5357 5362 8080 3702/udp
USER 10001
HEALTHCHECK --interval=10s --timeout=10s --start-period=30s CMD ["dsm-emulator", "health"]
ENTRYPOINT ["dsm-emulator"]
CMD ["run", "--interface", "all", "--port", "5357"]
