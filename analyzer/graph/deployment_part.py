"""Where the program starts and where it runs: entry points, CI jobs, deployment files, images, instance types, settings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import partial

from analyzer.discover.kinds import is_test_path
from analyzer.graph.calls import Definition
from analyzer.graph.code_part import CodePart, worst
from analyzer.graph.commands import CommandReader, ConsoleScript, console_scripts
from analyzer.graph.draft import Draft
from analyzer.knowledge.serving import Route, load_serving
from analyzer.link.program import Program
from analyzer.link.types import TypeReader
from analyzer.model.facts import MODULE_SCOPE, Called, Entry, External, FileFacts, Local, PythonFacts, Value
from analyzer.model.finding import Finding
from analyzer.model.graph import GraphNode

_WORKFLOW = re.compile(r"(^|/)(\.github/workflows/[^/]+\.ya?ml|\.gitlab-ci\.ya?ml|\.travis\.ya?ml|azure-pipelines[^/]*\.ya?ml|"
                       r"\.circleci/[^/]+\.ya?ml|\.buildkite/.+\.ya?ml|[Jj]enkinsfile[^/]*)$")  # fmt: skip
_JOB = re.compile(r"^jobs\.([^.]+)")
_NOT_DEPLOYED = frozenset({"python", "notebook", "cython", "cuda", "cpp", "requirements", "lock", "conda", "model", "cmake"})
DEPLOYED_KINDS = ("image", "instance", "command")


class DeploymentPart:
    """Adds entry points and everything around the code."""

    def __init__(self, program: Program, draft: Draft, code: CodePart) -> None:
        self.program = program
        self.draft = draft
        self.code = code
        self.owner = code.owner
        self.calls = code.calls
        self.types = TypeReader(program)
        self.serving = load_serving()
        self.scripts: dict[str, str] = {}
        """The entry points that console scripts are, by name."""
        self.options = {(option.path, option.line): option.name for options in program.options.values() for option in options}
        """Names of command-line options and device settings by place."""

    def add(self, findings: Mapping[str, list[Finding]]) -> None:
        """All of it."""
        for script in console_scripts(self.program):
            self.add_console_script(script)
        for path, python in self.program.python_files():
            if not is_test_path(path):
                self.add_module_starts(path, python, findings.get(path, []))
        commands = CommandReader(self.program, self.scripts)
        for path, facts in self.program.files.items():
            if _WORKFLOW.search(path):
                self.add_ci_jobs(path, facts, commands)
            elif facts.kind not in _NOT_DEPLOYED and any(entry.kind in DEPLOYED_KINDS for entry in facts.entries):
                self.add_deployment(path, facts, commands, findings.get(path, []))
        for path in sorted(findings):
            for finding in findings[path]:
                self.add_setting(finding)

    # ---- where it starts ---------------------------------------------------------------------------------------------

    def entry_point(self, kind: str, title: str, path: str, line: int, findings: Sequence[Finding] = ()) -> str:
        """The id of an entry point; the findings are in lines that only run when it starts."""
        severity = worst(list(findings))
        name = f"entry-point:{kind}:{path}:{title}"
        return self.draft.add(GraphNode(name, "entry-point", title, path, line, len(findings), severity, detail=kind))

    def add_console_script(self, script: ConsoleScript) -> None:
        """A console script starts a module, and in it a function."""
        node = self.entry_point("console-script", script.name, script.path, script.line)
        self.scripts.setdefault(script.name, node)
        module, _, function = script.target.partition(":")
        found = self.program.modules.split(module.strip(), script.path)
        if found is None or found[1]:
            self.draft.unresolved["commands"] += 1
            return
        self.draft.connect(node, f"module:{found[0]}", "starts", script.path, script.line)
        callees = self.calls.callees(found[0], Local(MODULE_SCOPE, function.strip().partition("[")[0])) if function else None
        for callee in callees.found if callees else ():
            if callee.definition in self.owner:
                self.draft.connect(node, self.owner[callee.definition], "starts", script.path, script.line)

    def add_module_starts(self, path: str, python: PythonFacts, findings: list[Finding]) -> None:
        """`if __name__ == "__main__"`, a package's `__main__`, notebooks and what a serving framework calls."""
        if python.is_script or path.rpartition("/")[2] == "__main__.py":
            kind = "notebook" if self.program.files[path].kind == "notebook" else "script"
            lines = self.code.lines_when_started(path, python) if findings else frozenset()
            own = [finding for finding in findings if finding.span.line in lines]
            node = self.entry_point(kind, self.program.modules.shown_name(path), path, 1, own)
            self.draft.connect(node, f"module:{path}", "starts", path, 1)
        for index, scope in enumerate(python.scopes):
            if scope.kind in ("class", "function") and self.is_served(path, index):
                node = self.entry_point("serving", scope.qualified_name, path, scope.span.line)
                for target in (f"module:{path}", self.owner.get((path, index), "")):
                    self.draft.connect(node, target, "starts", path, scope.span.line)

    def is_served(self, path: str, index: int) -> bool:
        """Whether a server calls this class or function: by its bases, through ours as well, its decorators or its name."""
        scope = self.program.python(path).scopes[index]
        marks = {self.marked_by(path, decorator) for decorator in scope.decorators} - {""}
        if scope.kind == "function":
            return any(mark in route.names or _is_route(mark, route) for mark in marks for route in self.serving.routes)
        bases = {self.types.outside(where, base) for where, base in self.all_bases((path, index))} if scope.bases else set()
        return any(
            scope.qualified_name in handler.class_names
            or marks & set(handler.decorators)
            or any(fnmatchcase(base, pattern) for base in bases for pattern in handler.bases)
            for handler in self.serving.handlers
        )

    def all_bases(self, owner: Definition) -> Iterator[tuple[str, Value]]:
        """The bases of a class and of those of ours among them, each with the file that names it."""
        for where, scope in self.calls.order_of(owner)[0]:
            yield from ((where, base) for base in self.program.python(where).scopes[scope].bases)

    def marked_by(self, path: str, decorator: Value) -> str:
        """The outside name of a decorator; of a method of an application, the application's class and the method."""
        target = decorator.callee if isinstance(decorator, Called) else decorator
        if isinstance(target, External):
            return self.types.outside(path, target)
        if isinstance(target, Local) and len(target.attributes) == 1:
            made_by = self.types.types_of(path, Local(target.scope, target.name))
            return f"{made_by[0]}.{target.attributes[0]}" if made_by else ""
        return ""

    # ---- where it runs -----------------------------------------------------------------------------------------------

    def add_ci_jobs(self, path: str, facts: FileFacts, commands: CommandReader) -> None:
        """Each job of a workflow as an entry point, with what it starts, its image and its machine."""
        title = path.rpartition("/")[2]
        job = ""
        for line, entries in _by_line(facts.entries):
            named = next((found for entry in entries if entry.kind == "setting" and (found := _JOB.match(entry.name))), None)
            job = named.group(1) if named else job
            shown = f"{title}: {job}" if job else title
            for entry in entries:
                self.add_place(partial(self.entry_point, "ci-job", shown, path, line), path, entry, commands)

    def add_deployment(self, path: str, facts: FileFacts, commands: CommandReader, findings: list[Finding]) -> None:
        """A container, manifest, template or launch script; only where it names something of the graph."""
        node = GraphNode(
            f"deployment-file:{path}", "deployment-file", path, path, 1, len(findings), worst(findings), detail=facts.kind
        )
        for entry in facts.entries:
            self.add_place(partial(self.draft.add, node), path, entry, commands)

    def add_place(self, source: Callable[[], str], path: str, entry: Entry, commands: CommandReader) -> None:
        """What one entry of a deployment file names."""
        line = entry.span.line
        if entry.kind == "image" and entry.name:
            image = self.draft.add(GraphNode(f"image:{entry.name}", "image", entry.name, "", 0))
            self.draft.connect(source(), image, "deploys", path, line)
        elif entry.kind == "instance" and entry.name:
            instance = self.draft.add(GraphNode(f"instance-type:{entry.name}", "instance-type", entry.name, "", 0))
            self.draft.connect(source(), instance, "deploys", path, line)
        elif entry.kind == "command":
            started = commands.started(path, entry.name, entry.value)
            if started is not None:
                target = self.scripts[started[1]] if started[0] == "script" else self.started_module(started[1])
                self.draft.connect(source(), target, "deploys", path, line)
            elif commands.names_python(entry.name, entry.value):
                self.draft.unresolved["commands"] += 1

    def started_module(self, path: str) -> str:
        """The entry point that a module is, where it is one; else the module."""
        known = f"entry-point:script:{path}:{self.program.modules.shown_name(path)}"
        return known if known in self.draft.nodes else f"module:{path}"

    def add_setting(self, finding: Finding) -> None:
        """A value in a configuration file, or the default of an option, that decides about a device elsewhere."""
        origin = finding.origin
        if origin is None or (origin.path, origin.line) == (finding.path, finding.span.line):
            return
        facts = self.program.files.get(origin.path)
        if facts is None or (facts.python is not None and not self.is_option(origin.path, origin.line)):
            return
        setting = GraphNode(
            f"setting:{origin.path}:{origin.line}", "setting", self.setting_name(origin.path, origin.line), origin.path, origin.line
        )
        target = f"module:{finding.path}"
        self.draft.connect(self.draft.add(setting), target, "configures", finding.path, finding.span.line)

    def is_option(self, path: str, line: int) -> bool:
        """Whether a command-line option is declared there."""
        return (path, line) in self.options

    def setting_name(self, path: str, line: int) -> str:
        """The name of the option or the dotted key at a place."""
        facts = self.program.files[path]
        keys = (entry.name for entry in facts.entries if entry.kind == "setting" and entry.span.line == line)
        return self.options.get((path, line)) or next(keys, f"{path}:{line}")


def _is_route(name: str, route: Route) -> bool:
    maker, _, method = name.rpartition(".")
    return maker in route.makers and method in route.methods


def _by_line(entries: Iterable[Entry]) -> Iterator[tuple[int, list[Entry]]]:
    lines: dict[int, list[Entry]] = {}
    for entry in entries:
        lines.setdefault(entry.span.line, []).append(entry)
    yield from sorted(lines.items())
