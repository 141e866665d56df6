"""From a video to a walk: pictures with their times, people, poses and silhouettes of the one who walks."""
