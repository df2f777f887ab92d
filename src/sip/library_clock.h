#pragma once

/// sofia-sip's idea of now, for initialise_sofia().
namespace snom::sip {

/// From now on sofia-sip's clock runs evenly from the wall clock's time of this moment, whatever happens to the wall
/// clock. Its timers and its transactions' limits are differences of wall-clock times, in milliseconds of 32 bits: when
/// that clock jumps forwards by an hour, every transaction under way is over; backwards, none ends for an hour; and
/// backwards by 15 to 24.8 days, or forwards by 24.9 to 34.7 (and 49.7 days more, and again), an assertion in its
/// agent_timer() ends the process (1.12.11; 1.13 goes on). A machine that boots without a clock and gets the time later
/// jumps by decades.
///
/// It shows whole milliseconds. The library waits for its next timer by poll(), in milliseconds rounded down: with a
/// finer clock it polls without waiting through the last one before each timer, and under load nearly always.
///
/// What sofia-sip itself writes with a date would be off by the jumps since; this room writes no dates with it.
///
/// Once in a process, before the first su_root_t; any thread.
void give_sofia_an_even_clock();

}  // namespace snom::sip
