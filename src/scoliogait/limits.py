"""The most that a file from outside may ask of this machine, in one place. Readers check before they take memory.

What people record stays far below. A file above a limit is refused with the limit named; a limit that is in the way of
a real recording can be raised here.
"""

MIB = 1 << 20

# One file of a walk as it lies on disk (below the size from which zip archives have a second directory), and all arrays
# of one walk when they are unpacked.
MAX_FILE_BYTES = 2**31 - 1
MAX_WALK_BYTES = 2**31
MAX_FRAMES = 1_000_000  # nine hours at 30 Hz
MAX_PICTURE_BYTES = 64 * MIB
MAX_PIXELS = 1 << 26  # of one picture: 8192 x 8192
MAX_SIDE_PX = 1 << 16

# More people in one frame are a damaged file, not a corridor. Body, face and hands of so many fit into the others.
MAX_PEOPLE_PER_FRAME = 5_000
MAX_JSON_BYTES = 64 * MIB
MAX_JSON_VALUES = 3_000_000
# JSON of a whole recording, as COCO results are: ten minutes with 133 joints stay below both.
MAX_RECORDING_BYTES = 160 * MIB
MAX_RECORDING_VALUES = 10_000_000
MAX_RECORDING_PEOPLE = 200_000  # of all its frames; with 17 joints they reach the limit of values
# Points in the formats of other programs: tables of text, C3D, one array of an archive, numbers of all people.
MAX_TEXT_TABLE_BYTES = 256 * MIB
MAX_C3D_BYTES = 512 * MIB
MAX_C3D_MEMORY_BYTES = 8 << 30  # of the process that reads it
MAX_C3D_SECONDS = 120
MAX_POINTS_BYTES = 1 << 30
MAX_POINT_VALUES = 50_000_000

# Of a pose network that a user gives: ViTPose-base in single precision fits, and so do its operators and constants.
MAX_NETWORK_BYTES = 512 * MIB
MAX_NETWORK_PARTS = 1_000_000

# Of JSON and YAML: lists in lists, and digits of a whole number.
MAX_NESTING = 50
MAX_DIGITS = 30
MAX_TEXT_CHARACTERS = 100_000  # one text in an array or a table

MAX_ZIP_MEMBERS = 1_000
MAX_ZIP_DIRECTORY_BYTES = MIB
# Deflate cannot do better than this; a member that claims more does not hold what its directory says.
MAX_DEFLATE_RATIO = 1_040
MAX_PICKLE_OPCODES = 10_000
MAX_YAML_BYTES = MIB
MAX_YAML_VALUES = 10_000  # when aliases are written out
MAX_TABLE_ROWS = 1_000_000
MAX_TABLE_BYTES = 256 * MIB
MAX_TENSORS = 10_000

# Slower pictures show no stride, and faster ones are milliseconds written as Hz.
MIN_FRAME_RATE_HZ = 1.0
MAX_FRAME_RATE_HZ = 10_000.0

# Of folders in folders that are looked through for walks.
MAX_FOLDER_DEPTH = 50
