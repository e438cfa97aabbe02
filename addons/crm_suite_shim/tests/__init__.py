from . import test_shim
