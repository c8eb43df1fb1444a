"""Every format that can be read. To add one: write a file beside this one and name it below.

They are asked in this order whether they recognise a file, the pickiest first.
"""

from crowdselect.importers import alpacaeval, distilabel, long, magpie_zoo, ultrafeedback
from crowdselect.importers.source import Importer

IMPORTERS: dict[str, Importer] = {
    "alpacaeval": Importer(alpacaeval.recognises, alpacaeval.read),
    "ultrafeedback": Importer(ultrafeedback.recognises, ultrafeedback.read),
    "distilabel": Importer(distilabel.recognises, distilabel.read),
    "magpie_zoo": Importer(magpie_zoo.recognises, magpie_zoo.read),
    "long": Importer(long.recognises, long.read),
}
