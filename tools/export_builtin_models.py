"""Write the exported file of each model that the package ships: ``python -m tools.export_builtin_models``.

Needs the extra ``export``. The same versions of torch, onnx and onnxscript write the same bytes.
"""

from __future__ import annotations

from scoliogait.checkpoints.model_folder import builtin_models, exported_file, model_folder
from scoliogait.exported.write import write_export


def main() -> None:
    for name in builtin_models():
        file = exported_file(model_folder(name))
        form = write_export(name, file).form
        print(f"{file}: differs from the bundle by at most {form.agreement.at_most:g} in probability")


if __name__ == "__main__":
    main()
