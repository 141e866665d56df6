"""Every limit beyond which a recording or a posture is doubted, each with its reason and where it was set.

"Unmanipulated walks" are 400 simulated ones of 300 frames, of a cohort seed (90417) that no study reports, and the 43
captured walks that come with the package; ``docs/cautions.md`` counts false alarms on other seeds. The filmed samples
of the package were looked at too: one of them is seen from above, and its keypoints slip for single frames.
"""

from __future__ import annotations

# -- What a whole walk must have; less is refused.
# One second at 15 frames a second is about one stride: less shows no walk.
MIN_FRAMES = 15
MIN_DURATION_S = 1.0

# -- How much of it was seen.
# Over fewer strides the phase of the step mixes into the posture.
MIN_STRIDES = 2.0
# Shoulder width over trunk length: below this the walk is oblique, below MIN_FRONTAL_WIDTH (``body.py``) a side view.
OBLIQUE_WIDTH = 0.5
MIN_USABLE_SHARE = 0.5
# From head to feet. A 64-px skeleton map shows 61 px from eyes to ankles, which is a body of 68 px; a smaller person
# carries less than it could show.
MIN_HEIGHT_PX = 71.0

# -- The pictures of a video. Set on the walkers of three filmed scenes, whose pictures were made worse in steps, by how
# far trunk and legs moved (percent of the body's height) and the lines through shoulders and hips turned: each limit
# lies between the last step that moved them little (about 1 %, 1 degree: what one pass varies by) and the first that
# moved them more. ``docs/studies/picture-quality.md`` has the steps.
# From head to feet. Scenes made smaller until a walker has 120 px move by 0.4 to 0.6 %, by 0.6 to 0.9 % at 70 px: from
# 120 to 200 px a note is enough.
SMALLEST_WALKER_PX = 120.0
GOOD_WALKER_PX = 200.0
# Standard deviation of the blur in percent of the body's height, as measured: 0 in the scenes as they are, 0.9 to 1.1
# after a Gaussian of 1 % (moved by 0.9 to 1.4 %), 1.4 to 1.8 after one of 1.5 % (2.1 to 2.7 %, shoulders by 2 degrees).
MAX_BLUR_PERCENT = 1.25
# Of 255: half of the body is darker. 11 to 21 at a gamma of 3 (moved by 0.4 to 1.6 %), 3 to 4 at one of 5 (1.1 to 4.5).
MIN_BRIGHTNESS = 8.0
# Of 255: standard deviation of the grey of the body and what is next to it. As they are 29 to 43; 5.9 to 8.7 with a
# fifth of the contrast (0.8 to 3.0 %), 2.9 to 4.4 with a tenth (2.0 to 9.1 %).
MIN_CONTRAST = 7.0
# Grain over that contrast. As they are 0.02 to 0.05; seen from front and back 0.06 to 0.08 with grain of 10 of 255 (0.3
# to 1.7 %), 0.12 with 20 (0.8 to 3.5 %).
MAX_NOISE_SHARE = 0.11
# Mean over trunk and legs where all of them are inside of the picture. As they are 0.84 to 0.94, eight men who are seen
# whole 0.95 to 0.99; below 0.75 joints had moved by 2.2 % or more.
MIN_CONFIDENCE_OF_WALKER = 0.75

# -- Left and right.
# Above this share of exchanged frames a result is doubtful: which side is right rests on what most frames show, and of
# the exchanged frames about one in a hundred is missed.
MAX_EXCHANGED_SHARE = 0.2

# -- The camera.
# A camera that is set up by hand stands within about a degree of level.
MAX_CAMERA_ROLL_DEG = 3.0
# Height of the camera above the floor over the length from shoulders to ankles, about 1.2 m in young people. A camera
# at 1.4 m gives 0.9 to 1.5 in unmanipulated walks, one at 2.0 m 1.5 to 2.1, one at 2.6 m 2.1 to 3.1; of the
# filmed samples the one that is seen from above gives 3.7, the other 1.2.
MAX_CAMERA_HEIGHT = 1.6
# What the walker must grow or shrink by (logarithm, 5th to 95th percentile) before the height of the camera shows. Of
# 600 simulated clips of 24 frames, seed 90422, 1 of 78 below 0.1 is beyond the limit, none of 521 above. The sample
# that is seen from above has 0.14.
MIN_APPROACH = 0.12
# Widths over heights of the body in the picture, as a multiple of those of an average body: 0.87 to 1.14 in
# unmanipulated walks, less in 7 of 600 clips of 24 frames, which show a turn. A picture of 4:3 shown as 16:9 gives
# 1.33, the reverse 0.75.
WIDEST_BODY = 1.2
NARROWEST_BODY = 0.85

# -- The film.
# Share of the frames that are exact copies of another one. Nobody repeats a pose to the last digit; the last frames of
# a film, or a few of a camera that falters, are sometimes stored twice.
MAX_REPEATED_SHARE = 0.05
# From one frame to the next, at 15 or more frames a second: way of the trunk over the length from shoulders to ankles,
# and change of the logarithm of its length. The largest of unmanipulated walks are 0.11 and 0.11; those of the slipping
# keypoints 0.06 and 0.21, but they come back.
MAX_STEP = 0.25
MAX_GROWTH_STEP = 0.3

# -- The body.
# No clavicle of 56 people before surgery was tilted by more than 14 degrees (Spine deformity series, PMC2899467); lines
# through keypoints that are all beyond this, error included, are more often a wrong keypoint than a body.
MAX_TILT_DEG = 15.0
