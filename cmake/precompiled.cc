// Carries the precompiled headers that all modules share (SrastaModule.cmake).
