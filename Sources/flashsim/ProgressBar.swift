internal import Dispatch
internal import Foundation
internal import HBMSim
internal import Synchronization

/// A line on standard error that says how far the runs are: on a terminal alone, and from the second
/// second on.
final class ProgressBar: Sendable {
  /// What the machines tell.
  private let progress: LaunchProgress
  /// The work of each run, in a unit of their own.
  private let works: [Double]
  private let start = ContinuousClock.now
  private let state = Mutex(State())
  private let timer: Timer?

  private struct State {
    var run = 0
    var label = ""
    var launches = 1
    var isShown = false
    var isFinished = false
  }

  /// The timer of a dispatch queue, which is safe to share and not marked so on Linux.
  private struct Timer: @unchecked Sendable {
    let source: any DispatchSourceTimer
  }

  init(_ progress: LaunchProgress, works: [Double]) {
    self.progress = progress
    self.works = works
    guard isatty(STDERR_FILENO) != 0 else {
      timer = nil
      return
    }
    let source = DispatchSource.makeTimerSource(queue: .global(qos: .utility))
    timer = Timer(source: source)
    source.schedule(deadline: .now() + 1, repeating: .milliseconds(100))
    source.setEventHandler { [weak self] in self?.draw() }
    source.resume()
  }

  deinit { timer?.source.cancel() }

  /// A run begins.
  func show(run: Int, _ label: String, launches: Int) {
    state.withLock {
      progress.reset()
      $0.run = run
      $0.label = label
      $0.launches = launches
    }
  }

  /// The run goes on with something else.
  func label(_ text: String) { state.withLock { $0.label = text } }

  /// Nothing more will be shown.
  func finish() {
    timer?.source.cancel()
    state.withLock {
      $0.isFinished = true
      if $0.isShown { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
    }
  }

  private func draw() {
    state.withLock { state in
      if state.isFinished { return }
      state.isShown = true
      let part = progress.fraction(ofLaunches: state.launches)
      let done = works.prefix(state.run).reduce(0, +) + part * works[state.run]
      let filled = Int(done / works.reduce(0, +) * 24)
      let bar =
        String(repeating: "█", count: filled) + String(repeating: "░", count: 24 - filled)
      let seconds = Int((ContinuousClock.now - start) / .seconds(1))
      let line =
        "\r\u{1B}[K\(bar) \(seconds) s · \(state.run + 1)/\(works.count) \(state.label)"
      FileHandle.standardError.write(Data(line.utf8))
    }
  }
}
