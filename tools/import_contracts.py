"""The layers of the stages' cores, for import-linter."""

from grimp import ImportGraph
from importlinter import fields
from importlinter.contracts.layers import LayersContract
from importlinter.domain.contract import ContractCheck


class CoreLayersContract(LayersContract):
    """import-linter's layers, judged without the stages' faces.

    A stage's pages and its API may call any core, later ones too, so each face
    (`tongxin.<stage>.<face>` and what is below it) leaves the graph before the
    layers are compared. That no core imports a face is a contract of its own.
    """

    type_name = "core_layers"

    faces = fields.SetField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        for module in list(graph.modules):
            parts = module.split(".")
            if len(parts) > 2 and parts[2] in self.faces:  # type: ignore[attr-defined]
                graph.remove_module(module)
        return super().check(graph, verbose)
