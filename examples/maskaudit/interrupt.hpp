#pragma once

namespace maskaudit_program {

/// Thrown where work may stop once a signal has asked for it. No std::exception, so that no handler of errors takes it
/// for one.
struct interrupted {
    int signal;
};

/// From now on SIGINT, SIGTERM and SIGHUP are noted and no longer end the program by themselves, so that it can clean
/// up. Those it was started to ignore, as by nohup, stay ignored.
void note_signals();

/// \throws interrupted  if a signal has been noted
void throw_if_interrupted();

/// Ends the program by a signal's default action, so that who started it sees what ended it.
[[noreturn]] void die_of(int signal);

} // namespace maskaudit_program
