"""What the chat has stored: taken out for research, put back, and removed when a person asks for it.

The rules of what is stored are the functions' own. Their folder is what is deployed and no installed
package, so it is put on the path here, as Lambda does there.
"""

import sys
from pathlib import Path


sys.path.append(str(Path(__file__).parents[2] / "handlers"))
