// Nothing of its own: it carries the precompiled header that other targets share (see
// Settings.cmake).
