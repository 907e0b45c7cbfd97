"""CUDA and C++ sources: their functions and kernels, what those launch and call, and what is registered for Python.

A grammar (tree-sitter) gives the extent of functions; names inside are found by one combined pass over the text. Macros
hide some functions from the grammar: kernels that only the text shows are kept, with the lines of their head alone.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

from analyzer.facts.positions import Lines
from analyzer.model.facts import Entry, NativeFacts, NativeFunction, Registration
from analyzer.model.span import Span

if TYPE_CHECKING:
    import tree_sitter

MOST_FUNCTIONS = 5_000
MOST_CALLS = 200
MOST_MODULES = 200
_COMMENT = re.compile(r"//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
_ATTRIBUTE = re.compile(
    r"(?:__launch_bounds__|__cluster_dims__|C10_LAUNCH_BOUNDS_\d)\s*\([^()]{0,300}\)|__attribute__\s*\(\([^()]{0,300}\)\)"
)
_KERNEL = re.compile(r"__global__\s+(?=\S)[^(){};]{0,400}?\b(\w{1,300})\s*\(")
_PTX_ENTRY = re.compile(r"\.entry\s+([\w$]+)")
_LAUNCH = re.compile(r"\b(\w+)\s*(?:<[^;<>]{0,300}(?:<[^;<>]{0,100}>[^;<>]{0,100}){0,4}>\s*)?<<<")
_CALL = re.compile(r"\b([A-Za-z_]\w{2,})\s*(?:<[^;{}()=]{0,200}>\s*)?\(")
_MENTION = re.compile(r"&\s*([A-Za-z_]\w{2,})|\b(\w*[Kk]ernel\w*)\b")
"""Functions that are passed on: `auto kernel = &scale_kernel<4>; kernel<<<grid, block>>>(...)`."""
_HEAD_NAME = re.compile(r"\b([A-Za-z_]\w*)\s*(?:<[^()]{0,200}>\s*)?\(")
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"\n]+)[>"]', re.MULTILINE)
_NOT_CALLS = frozenset(
    {"if", "for", "while", "switch", "return", "sizeof", "defined", "alignof", "decltype", "static_cast", "reinterpret_cast",
     "const_cast", "dynamic_cast", "catch", "assert", "static_assert", "noexcept", "typename", "template", "TORCH_CHECK"}
)  # fmt: skip

_LIBRARY = re.compile(
    r"\b(?:(cublas|cudnn|cufft|curand|cusparse|cusolver|nvjpeg|nvrtc|cutensor)(?:Lt|Dx)?[A-Z_]\w*"
    r"|(nccl)[A-Z]\w*|(cutlass|cute|cub|thrust|cooperative_groups|nvcuda)::)"
)
"""CUDA libraries by the identifiers that only they have; one pass finds all."""
_FEATURES = {
    "shared memory": re.compile(r"__shared__|SharedMemory\b"),
    "tensor cores": re.compile(r"\bwmma::|\bmma_sync\b|\bmma\.sync|\bwgmma\b|\bldmatrix\b|\bMMA_Atom\b|\btcgen05\b"),
    "inline assembly": re.compile(r"\basm\s*(?:volatile\s*)?\("),
    "warp intrinsics": re.compile(r"\b__(?:shfl|ballot|any|all|reduce|match)\w*_sync\b|\b__activemask\b|\bwarp_?reduce\w*\b", re.I),
    "atomics": re.compile(r"\batomic(?:Add|Max|Min|CAS|Exch|Or|And|Xor|Sub)\w*\b|\bgpuAtomic\w+"),
    "cooperative groups": re.compile(r"\bcooperative_groups\b|\bgrid\.sync\(|\bcg::"),
    "asynchronous copy": re.compile(r"\bcp\.async\b|\bmemcpy_async\b|\bcuda::barrier\b|\bcp_async\w*"),
    "textures": re.compile(r"\btex[123]D\w*\s*[<(]|\bcudaTextureObject_t\b"),
    "architecture switch": re.compile(r"__CUDA_ARCH__"),
}
_MODULE = re.compile(r"\b(PYBIND11_MODULE|PYBIND11_PLUGIN|NB_MODULE|(?:STABLE_)?TORCH_LIBRARY(?:_FRAGMENT|_IMPL)?)\s*\(")
_DEFINED = re.compile(
    r"\.\s*(def|impl)\s*\(\s*(?:\"([^\"]+)\"|TORCH_SELECTIVE_\w+\(\s*\"([^\"]+)\"\s*\))\s*(?:,\s*(?:TORCH_(?:FN|BOX)\s*\(\s*)?(?:&\s*)?([\w:]+))?"
)
_OLD_OPERATOR = re.compile(
    r"\.\s*op\s*\(\s*\"(\w{1,200})::(\w{1,200})\b[^\"]{0,500}\"\s*,\s*(?:(?:&\s*)?([\w:]+)|\[[^\]\n]{0,200}\][^{;]{0,200}\{\s*return\s+([\w:]+))"
)
_WORTH_PARSING = re.compile(
    r"__global__|<<<|PYBIND11_|NB_MODULE|TORCH_LIBRARY|RegisterOperators|pybind11::|\bat::|\btorch::|\bc10::|\bTensor\b|\bcuda[A-Z_]|_cuda\b|_CUDA\b"
)
_SURELY_WORTH_PARSING = ("__global__", "<<<", "PYBIND11_", "NB_MODULE", "TORCH_LIBRARY", "RegisterOperators", "pybind11::")
_PERHAPS_WORTH_PARSING = ("at::", "torch::", "c10::", "Tensor", "cuda", "_CUDA")
"""Parts of the words above: plain searches answer for nearly all files, in a tenth of the time."""
_REGISTERED = re.compile(r"\bREGISTER_\w+\(\s*(\w+)\s*,\s*(?:CUDA\s*,\s*)?(?:&\s*)?(\w+)\s*\)")
"""Dispatch tables of torch and of others: `REGISTER_CUDA_DISPATCH(stub, &implementation)`."""
_KERNEL_MACRO = re.compile(r"#[ \t]*define[ \t]+(\w+)\(([\w, \t.]*)\)((?:[^\n]*\\\n)*[^\n]*)")
MOST_MACROS = 64
_DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.MULTILINE)
LONGEST_HEAD = 4_000
LONGEST_ARGUMENTS = 1_000
LEAST_OPERATIONS, MOST_OPERATIONS, BYTES_AN_OPERATION = 1_000, 30_000, 25
"""How often the grammar may report progress. Real sources take one report for 45 to 1000 bytes."""
CHUNK_BYTES = 1 << 20
BODIES_READ = 4
"""Bodies nest where braces do not match: so many times its own size is read of a file, then only heads."""


def read_native_source(text: str, is_cuda: bool) -> tuple[tuple[Entry, ...], NativeFacts | None]:
    """The facts of a source; for a CUDA file also one entry for the file, whose value names its kernels."""
    if not is_cuda and not _is_worth_parsing(text):
        includes = tuple(sorted(set(_INCLUDE.findall(text))))
        return (), NativeFacts((), (), includes, ()) if includes else None
    lines = Lines(text)
    code = _ATTRIBUTE.sub(_blank, _COMMENT.sub(_blank, text))
    libraries = tuple(sorted({"".join(found) for found in _LIBRARY.findall(code)}))
    functions: tuple[NativeFunction, ...] = ()
    is_by_text = False
    registrations: tuple[Registration, ...] = ()
    if _is_worth_parsing(code):
        functions, is_by_text = _functions(code, lines, bool(libraries))
        registrations = _registrations(code, lines)
    includes = tuple(sorted(set(_INCLUDE.findall(text))))
    if _is_hip(includes):
        is_cuda, functions = False, tuple(function._replace(is_kernel=False) for function in functions)
    native = NativeFacts(functions, registrations, includes, libraries, is_by_text)
    if not is_cuda:
        return (), native
    first = next((number for number, line in enumerate(lines.lines, 1) if line.strip()), 1)
    span = Span(first, 1, first, len(lines.lines[first - 1].rstrip()) + 1)
    kernels = sorted({function.name for function in functions if function.is_kernel})
    return (Entry("kernel", "cuda-file", ", ".join(kernels), span),), native


def _is_worth_parsing(text: str) -> bool:
    """Whether a source launches or registers anything, or has to do with tensors or CUDA."""
    if any(word in text for word in _SURELY_WORTH_PARSING):
        return True
    return any(word in text for word in _PERHAPS_WORTH_PARSING) and _WORTH_PARSING.search(text) is not None


def _is_hip(includes: Iterable[str]) -> bool:
    """Whether a source is written for AMD's HIP alone: it includes HIP's headers and none of CUDA's."""
    return any(name.startswith("hip/") for name in includes) and not any("cuda" in name.lower() for name in includes)


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match.group())


# ---- functions -------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _grammar() -> tree_sitter.Parser:
    import tree_sitter
    import tree_sitter_cuda

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_cuda.language()))


def _parsed(source: bytes) -> tree_sitter.Tree | None:
    """The syntax tree, or None where the text is so little C++ that repairing it takes too long.

    The grammar repairs what is wrong, which takes quadratic time on text that is wrong everywhere. It reports after each
    so many operations, so its work is counted and not timed: the same text always gets the same answer.
    """
    most = min(LEAST_OPERATIONS + len(source) // BYTES_AN_OPERATION, MOST_OPERATIONS)
    operations = 0

    def is_too_much(_offset: int, _has_error: bool) -> bool:
        nonlocal operations
        operations += 1
        return operations > most

    parser = _grammar()
    try:
        return parser.parse(lambda offset, _point: source[offset : offset + CHUNK_BYTES], progress_callback=is_too_much)
    except ValueError:
        parser.reset()
        return None


def _definitions(tree: tree_sitter.Tree) -> Iterator[tuple[tree_sitter.Node, bool]]:
    """Every function definition, and whether it is a template's; a walk, because queries take quadratic time on errors."""
    cursor = tree.walk()
    parents = [""]
    while True:
        node = cursor.node
        if node is not None and node.type == "function_definition":
            yield node, parents[-1] == "template_declaration"
        if cursor.goto_first_child():
            parents.append(node.type if node is not None else "")
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return
            parents.pop()


def _functions(code: str, lines: Lines, has_libraries: bool) -> tuple[tuple[NativeFunction, ...], bool]:
    """Functions by the grammar, then kernels and launches that only the text shows; and whether the grammar gave up."""
    source = code.encode("utf-8", "replace")
    tree = _parsed(source)
    found: list[tuple[int, int, NativeFunction]] = []
    budget = BODIES_READ * len(source)
    for node, is_template in islice(_definitions(tree), MOST_FUNCTIONS) if tree else ():
        body = node.child_by_field_name("body")
        if body is None:
            continue
        head = source[node.start_byte : body.start_byte][:LONGEST_HEAD].decode("utf-8", "replace")
        budget -= body.end_byte - body.start_byte
        inside = source[body.start_byte : body.end_byte].decode("utf-8", "replace") if budget > 0 else ""
        name = _name_in(head)
        if name:
            last = node.end_point[0] + 1
            span = Span(node.start_point[0] + 1, 1, last, min(node.end_point[1], len(lines.lines[last - 1])) + 1)
            found.append((node.start_byte, node.end_byte, _function(name, head, inside, is_template, span, has_libraries)))
    found.sort(key=lambda item: item[:2])
    functions = [function for _, _, function in found]
    functions.extend(
        NativeFunction(name, False, False, lines.whole(bisect_right(lines.starts, match.start())), (implementation,), (), (), ())
        for match in (_REGISTERED.finditer(code) if "REGISTER_" in code else ())
        for name, implementation in (match.groups(),)
    )
    known = {function.name for function in functions if function.is_kernel}
    functions.extend(function for function in _macro_kernels(code, lines) if function.name not in known)
    known.update(function.name for function in functions if function.is_kernel)
    macros = [(found.start(), found.end()) for found in _DIRECTIVE.finditer(code)]
    for match in _KERNEL.finditer(code):
        if match.group(1) not in known and _is_name(match.group(1)) and not _is_in_macro(macros, match.start()):
            known.add(match.group(1))
            line = bisect_right(lines.starts, match.start())
            functions.append(NativeFunction(match.group(1), True, False, lines.whole(line), (), (), (), ()))
    launched = {name for function in functions for name in function.launches}
    loose = tuple(sorted(_launched_in(code) - launched))
    if loose:  # launched inside a macro or an initialiser: by the file as a whole
        functions.append(NativeFunction("", False, False, lines.whole(1), (), loose, (), ()))
    return tuple(functions), tree is None


def _launched_in(code: str) -> set[str]:
    """The names before `<<<`."""
    return set(_LAUNCH.findall(code)) if "<<<" in code else set()


def _is_in_macro(directives: list[tuple[int, int]], place: int) -> bool:
    """Whether a place belongs to a `#define`: its own line, or one that a backslash continues."""
    index = bisect_right(directives, (place, len(directives))) - 1
    return index >= 0 and place < directives[index][1]


def _macro_kernels(code: str, lines: Lines) -> list[NativeFunction]:
    """Kernels whose head stands in a macro that takes their name: `#define KERNEL(name) __global__ void name(...)`."""
    if "#" not in code or "__global__" not in code:
        return []
    found: list[NativeFunction] = []
    for definition in islice(_KERNEL_MACRO.finditer(code), MOST_MACROS):
        macro, parameters, body = definition.groups()
        head = _KERNEL.search(body.replace("\\\n", " "))
        names = [name.strip() for name in parameters.split(",")]
        if head is None or head.group(1) not in names:
            continue
        place = names.index(head.group(1))
        for use in re.finditer(rf"\b{re.escape(macro)}\s*\(([^()]*)", code):
            given = [word.strip() for word in use.group(1).split(",")]
            if use.start() < definition.start() or use.start() > definition.end():
                name = given[place] if place < len(given) else ""
                if name.isidentifier():
                    line = bisect_right(lines.starts, use.start())
                    found.append(NativeFunction(name, True, False, lines.whole(line), (), (), (), ()))
    return found


def kernel_names(text: str) -> tuple[str, ...]:
    """The kernels that CUDA C++ or PTX in a string defines, in order, each once."""
    named = (*_KERNEL.findall(_ATTRIBUTE.sub(_blank, text)), *_PTX_ENTRY.findall(text))
    return tuple(dict.fromkeys(filter(_is_name, named)))


def _is_name(word: str) -> bool:
    """Whether a word can be a kernel's name: no attribute of the compiler, and no macro that stands for a name."""
    return not word.startswith("__") and not (word.isupper() and "_" in word)


def _name_in(head: str) -> str:
    """The name of a function: the last word before the first parenthesis of its declarator."""
    for match in _HEAD_NAME.finditer(head):
        if match.group(1) not in _NOT_CALLS and not match.group(1).isupper():
            return match.group(1)
    return ""


def _function(name: str, head: str, body: str, is_template: bool, span: Span, may_have_libraries: bool) -> NativeFunction:
    mentions = {"".join(found) for found in _MENTION.findall(body)} if "&" in body or "ernel" in body else set()
    calls = sorted((set(_CALL.findall(body)) | mentions) - _NOT_CALLS - {name})
    launches = sorted(_launched_in(body))
    is_kernel = "__global__" in head
    features = tuple(word for word, pattern in _FEATURES.items() if pattern.search(body)) if is_kernel else ()
    libraries = tuple(sorted({"".join(found) for found in _LIBRARY.findall(body)})) if may_have_libraries else ()
    digest = hashlib.sha256("".join((head + body).split()).encode("utf-8", "replace")).hexdigest()[:16] if is_kernel else ""
    lines = span.end_line - span.line + 1
    return NativeFunction(
        name, is_kernel, is_template, span, tuple(calls[:MOST_CALLS]), tuple(launches), features, libraries, lines, digest
    )


# ---- registrations ---------------------------------------------------------------------------------------------------


def _registrations(code: str, lines: Lines) -> tuple[Registration, ...]:
    """What `PYBIND11_MODULE`, `TORCH_LIBRARY` and `RegisterOperators` make callable from Python."""
    found: list[Registration] = []
    has_module = any(word in code for word in ("PYBIND11_", "NB_MODULE", "TORCH_LIBRARY"))
    modules = list(islice(_MODULE.finditer(code), MOST_MODULES)) if has_module else []
    limits = [*(following.start() for following in modules[1:]), len(code)]
    for match, limit in zip(modules, limits, strict=False):
        arguments = _balanced(code, match.end() - 1, "(", ")", min(limit, match.end() + LONGEST_ARGUMENTS))
        names = [part.strip() for part in arguments.strip("()").split(",")]
        brace = code.find("{", match.end() + len(arguments) - 1, limit)
        kind = "operator" if "TORCH_LIBRARY" in match.group(1) else "module"
        device = names[1] if match.group(1).endswith("TORCH_LIBRARY_IMPL") and len(names) > 1 else ""
        body = _balanced(code, brace, "{", "}", limit) if 0 <= brace <= match.end() + len(arguments) + 4 else ""
        found.append(Registration(kind, names[0], "", "", device, lines.whole(bisect_right(lines.starts, match.start()))))
        for item in _DEFINED.finditer(body):
            line = bisect_right(lines.starts, brace + item.start())
            symbol = (item.group(2) or item.group(3)).partition("(")[0].rpartition("::")[2].strip()
            function = (item.group(4) or "").rpartition("::")[2]
            found.append(Registration(kind, names[0], symbol, function, device, lines.whole(line)))
    for item in _OLD_OPERATOR.finditer(code):
        line = bisect_right(lines.starts, item.start())
        namespace, symbol, named, called = item.groups()
        function = named or called or ""
        found.append(Registration("operator", namespace, symbol, function.rpartition("::")[2], "", lines.whole(line)))
    return tuple(found)


def _balanced(code: str, start: int, opening: str, closing: str, limit: int) -> str:
    """The text from an opening bracket to the one that closes it, both included; to the limit where none does."""
    depth = 0
    for place in re.compile(f"[{re.escape(opening + closing)}]").finditer(code, start, limit):
        depth += 1 if place.group() == opening else -1
        if depth == 0:
            return code[start : place.end()]
    return code[start:limit]
