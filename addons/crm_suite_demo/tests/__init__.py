from . import test_hooks, test_story
