#!/bin/sh
# An ffmpeg or ffprobe that never says anything about a file.
case "$1" in -version) echo "$0 version 5.1" ; exit ;; esac
exec sleep 1000
