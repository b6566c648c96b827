#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// What tells the time of measurements, and lets it pass.
struct Stopwatch {
  /// Seconds since some moment.
  let wall: () -> Double
  /// Seconds that the calling thread has computed.
  let thread: () -> Double
  /// Waits so many seconds.
  let rest: (Double) -> Void

  /// That of the system.
  static var system: Stopwatch {
    Stopwatch(
      wall: { seconds(of: CLOCK_MONOTONIC) }, thread: { seconds(of: CLOCK_THREAD_CPUTIME_ID) },
      rest: { usleep(UInt32($0 * 1e6)) })
  }

  private static func seconds(of clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
  }
}
