from . import test_chunks
from . import test_client_key
from . import test_incident
from . import test_obstacle
from . import test_options
from . import test_values
