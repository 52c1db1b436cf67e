"""The image, the compose file and the manifests for Kubernetes, held to their schemas, to each
other and to what the server really needs."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from packaging.specifiers import SpecifierSet

from maskline.cli.web import _GRACE
from maskline.settings import KEYS, DeliverySettings, load

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
#: Seconds that a process needs at most to end in order: requests, then jobs.
DRAIN = _GRACE + DeliverySettings().drain_seconds
#: What closing the database and handing over spans may take beside that.
ROOM = 10


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's, each with its words, with lines that go on put together."""
    text = re.sub(r"^\s*#.*\n", "", (DEPLOY / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    found = [line.strip().split(None, 1) for line in lines if line.strip()]
    return [(name, " ".join(words.split())) for name, words in found]


def of(name: str) -> list[str]:
    return [words for one, words in instructions() if one == name]


def test_the_image_s_base_is_a_python_that_the_package_knows() -> None:
    known = "COPY CMD ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK RUN STOPSIGNAL USER VOLUME WORKDIR"
    assert {name for name, _ in instructions()} <= set(known.split())
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    wanted = re.search(r'requires-python = "(.*)"', project)
    assert wanted is not None
    bases = [words.split()[0] for words in of("FROM")]
    assert len(set(bases)) == 1
    minor = re.fullmatch(r"python:(3\.\d+)-slim", bases[0])
    assert minor is not None, "one minor version, neither `latest` nor `3`"
    assert minor[1] in SpecifierSet(wanted[1])
    assert f"Python :: {minor[1]}" in project


def test_the_image_runs_as_nobody_special_and_says_whether_it_lives() -> None:
    assert of("USER") == ["10001:10001"]
    names = [name for name, _ in instructions()]
    assert names.index("USER") < names.index("ENTRYPOINT")
    # In their own words, so that SIGTERM reaches the server and no shell.
    assert json.loads(of("ENTRYPOINT")[0]) == ["maskline"]
    assert json.loads(of("CMD")[0]) == ["serve"]
    (health,) = of("HEALTHCHECK")
    words = json.loads(health.partition("CMD ")[2])
    assert "/healthz" in words[-1]
    compile(words[-1], "healthcheck", "exec")
    variables = dict(one.split("=", 1) for one in of("ENV")[0].split())
    assert set(variables) - {"PATH", "PYTHONUNBUFFERED"} <= {one.variable for one in KEYS.values()}


def test_the_image_has_all_that_it_copies_and_no_more() -> None:
    kept = (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    copied = [words for words in of("COPY") if not words.startswith("--from")]
    sources = {source for words in copied for source in words.split()[:-1]}
    assert {one.removeprefix("./") for one in sources} == {
        line[1:] for line in kept if line.startswith("!")
    }
    assert kept[0] == "*"
    assert all((ROOT / one).exists() for one in sources)


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
    return found


def test_the_compose_file_is_as_its_specification_wants() -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"),
            str(DEPLOY / "compose.yaml"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_compose_starts_what_there_is_in_the_right_order(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {"database", "migrate", "serve", "worker"}
    for name in ("serve", "worker"):
        one = services[name]
        assert one["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
        assert seconds(one["stop_grace_period"]) >= DRAIN + ROOM
        assert set(one["environment"]) <= {key.variable for key in KEYS.values()}
    assert services["migrate"]["depends_on"]["database"]["condition"] == "service_healthy"
    assert services["database"]["healthcheck"]["test"][0] == "CMD-SHELL"
    # Nothing but the server is reached from outside, and that by a proxy on the same machine.
    assert [name for name, one in services.items() if "ports" in one] == ["serve"]
    assert all(port.startswith("127.0.0.1:") for port in services["serve"]["ports"])


def test_compose_s_secrets_stand_in_a_file_that_is_not_kept(compose: dict[str, Any]) -> None:
    assert {one["env_file"] for one in compose["services"].values()} == {"maskline.env"}
    ignored = (ROOT / ".gitignore").read_text("utf-8").splitlines()
    assert "/deploy/maskline.env" in ignored
    names = variables_of(DEPLOY / "maskline.env.example")
    assert {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD"} <= names
    assert {one for one in names if one.startswith("MASKLINE_")} <= known_variables()


def seconds(text: str) -> float:
    return float(text.removesuffix("s"))


def known_variables() -> set[str]:
    return {one.variable for one in KEYS.values()}


def variables_of(path: Path) -> set[str]:
    lines = path.read_text("utf-8").splitlines()
    return {line.partition("=")[0] for line in lines if line and not line.startswith("#")}


@pytest.mark.parametrize("name", ["maskline.env.example", "systemd/environment.example"])
def test_examples_of_variables_are_taken_as_they_are(name: str) -> None:
    lines = (DEPLOY / name).read_text("utf-8").splitlines()
    pairs = [line.partition("=") for line in lines if line and not line.startswith("#")]
    settings = load(None, {key: value for key, _, value in pairs}, {})
    assert settings.public_url == "https://masking.example.com"
    assert not settings.simulator.enabled


def test_what_kubernetes_sets_is_taken_as_it_is() -> None:
    given = {**named("ConfigMap")["maskline"]["data"], **named("Secret")["maskline"]["stringData"]}
    settings = load(None, given, {})
    assert settings.metrics.port == 9400
    assert settings.sqlite_path is None


def manifests() -> list[dict[str, Any]]:
    found = []
    for path in sorted(KUBERNETES.glob("*.yaml")):
        if path.name != "kustomization.yaml":
            found += list(yaml.safe_load_all(path.read_text("utf-8")))
    return found


def named(kind: str) -> dict[str, Any]:
    return {one["metadata"]["name"]: one for one in manifests() if one["kind"] == kind}


@pytest.mark.parametrize("version", ["1.30", "1.34"])
def test_every_manifest_is_as_its_schema_wants(version: str) -> None:
    kinds = set()
    for one in manifests():
        kubernetes_validate.validate(one, version, strict=True)
        kinds.add(one["kind"])
    assert kinds == {
        *("ConfigMap", "Deployment", "Job", "Namespace", "PodDisruptionBudget", "Secret"),
        "Service",
    }


def test_a_manifest_with_a_slip_is_refused() -> None:
    one = named("Deployment")["maskline-serve"]
    one["spec"]["replica"] = 2
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(one, "1.34", strict=True)


def test_the_kustomization_names_every_manifest_but_the_secret() -> None:
    kept = yaml.safe_load((KUBERNETES / "kustomization.yaml").read_text("utf-8"))
    files = {path.name for path in KUBERNETES.glob("*.yaml")}
    assert set(kept["resources"]) == files - {"kustomization.yaml", "secret.example.yaml"}
    assert [image["name"] for image in kept["images"]] == ["maskline"]


def pods() -> dict[str, Any]:
    both = {**named("Deployment"), **named("Job")}
    return {name: one["spec"]["template"]["spec"] for name, one in both.items()}


@pytest.mark.parametrize("name", ["maskline-serve", "maskline-worker", "maskline-migrate"])
def test_pods_may_do_next_to_nothing(name: str) -> None:
    pod = pods()[name]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert f"{pod['securityContext']['runAsUser']}:10001" == of("USER")[0]
    assert pod["automountServiceAccountToken"] is False
    assert container["image"] == "maskline"
    allowed = container["securityContext"]
    assert allowed["readOnlyRootFilesystem"] is True
    assert allowed["allowPrivilegeEscalation"] is False
    assert allowed["capabilities"]["drop"] == ["ALL"]
    assert container["resources"]["limits"]["memory"]


def test_pods_get_the_time_that_they_need_to_end() -> None:
    for name in ("maskline-serve", "maskline-worker"):
        pod = pods()[name]
        hook = pod["containers"][0].get("lifecycle", {}).get("preStop", {}).get("exec", {})
        pause = int(hook["command"][1]) if hook else 0
        assert pod["terminationGracePeriodSeconds"] >= pause + DRAIN + ROOM, name


def test_probes_ask_what_there_is() -> None:
    serve = pods()["maskline-serve"]["containers"][0]
    assert serve["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert serve["readinessProbe"]["httpGet"]["path"] == "/readyz"
    ports = {one["name"]: one["containerPort"] for one in serve["ports"]}
    assert ports["http"] == 8080
    settings = named("ConfigMap")["maskline"]["data"]
    assert str(ports["metrics"]) == settings["MASKLINE_METRICS_PORT"]
    for service in named("Service").values():
        for port in service["spec"]["ports"]:
            assert port["targetPort"] in ports
    assert {one for one in settings if one.startswith("MASKLINE")} <= known_variables()
    assert set(named("Secret")["maskline"]["stringData"]) <= known_variables()


def test_selectors_find_their_pods() -> None:
    labels = {
        name: one["spec"]["template"]["metadata"]["labels"]
        for name, one in named("Deployment").items()
    }
    for name, one in named("Deployment").items():
        assert one["spec"]["selector"]["matchLabels"] == labels[name]
    for name, one in named("PodDisruptionBudget").items():
        assert one["spec"]["selector"]["matchLabels"] == labels[name]
    web = named("Service")["maskline"]["spec"]["selector"]
    assert [name for name, found in labels.items() if web.items() <= found.items()] == [
        "maskline-serve"
    ]
