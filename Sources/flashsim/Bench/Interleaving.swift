/// Something that is timed.
struct BenchSubject {
  let name: String
  /// What a run does, in the unit of a rate: operations, bytes or exponentials.
  let work: Double
  /// Host threads that it runs on, at most.
  let threads: Int
  /// Seconds that the machine needs to become quiet after a run.
  var rest = 0.0
  /// Runs it once.
  let run: () throws -> Void
}

/// The times of a subject, one a round.
struct BenchSeries {
  let name: String
  let work: Double
  let threads: Int
  /// Runs that a time was taken over.
  let repeats: Int
  /// Seconds of a run, by the clock on the wall.
  var seconds: [Double] = []
  /// Seconds of a run that the thread computed, where the subject has one thread.
  var threadSeconds: [Double] = []

  /// Work per second, round by round.
  var rates: [Double] { seconds.map { work / $0 } }

  /// The median of ``threadSeconds``, or nil where there are none.
  var threadMedian: Double? {
    threadSeconds.isEmpty ? nil : Quartiles(threadSeconds).median
  }
}

/// Measurements of several subjects in rounds, so that each meets about the same machine.
///
/// A machine that others use too is slow for a while and then fast again, and its clock changes with
/// its temperature. What is measured in the same round can be compared where the times of rounds
/// cannot. Every other round runs backwards, so that no subject always follows the same one.
struct Interleaving {
  let stopwatch: Stopwatch
  /// How often each subject is measured.
  let rounds: Int
  /// Seconds that a measurement lasts at least: a subject that is faster is run several times.
  let leastSeconds: Double

  /// Runs every subject once to warm it up, once more to see how long it takes, and then measures.
  ///
  /// - Precondition: There is a round.
  func measure(_ subjects: [BenchSubject]) throws -> [BenchSeries] {
    precondition(rounds > 0, "No rounds")
    var series: [BenchSeries] = []
    for subject in subjects {
      try subject.run()
      let time = try time(of: subject, repeats: 1).wall
      let repeats = time > 0 ? min(max((leastSeconds / time).rounded(.up), 1), 1e6) : 1
      series.append(
        BenchSeries(
          name: subject.name, work: subject.work, threads: subject.threads, repeats: Int(repeats)))
    }
    for round in 0..<rounds {
      let order = round % 2 == 0 ? Array(subjects.indices) : subjects.indices.reversed()
      for index in order {
        let time = try time(of: subjects[index], repeats: series[index].repeats)
        series[index].seconds.append(time.wall)
        if subjects[index].threads == 1 { series[index].threadSeconds.append(time.thread) }
      }
    }
    return series
  }

  /// Seconds of a run, on average over some that follow one another.
  private func time(
    of subject: BenchSubject, repeats: Int
  ) throws -> (wall: Double, thread: Double) {
    let (wall, thread) = (stopwatch.wall(), stopwatch.thread())
    for _ in 0..<repeats { try subject.run() }
    let times = (stopwatch.wall() - wall, stopwatch.thread() - thread)
    if subject.rest > 0 { stopwatch.rest(subject.rest) }
    return (times.0 / Double(repeats), times.1 / Double(repeats))
  }
}
