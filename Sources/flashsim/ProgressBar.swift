internal import Dispatch
internal import Foundation
internal import HBMSim
internal import Synchronization

/// A line on standard error that says how far the runs are: on a terminal alone, and from the second
/// second on.
final class ProgressBar: Sendable {
  /// What the machines tell.
  let progress = LaunchProgress()
  private let total: Int
  private let state = Mutex(State())
  private let timer: Timer?

  private struct State {
    var run = 0
    var label = ""
    var isShown = false
    var isFinished = false
  }

  /// The timer of a dispatch queue, which is safe to share and not marked so on Linux.
  private struct Timer: @unchecked Sendable {
    let source: any DispatchSourceTimer
  }

  init(total: Int) {
    self.total = total
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
  func show(run: Int, _ label: String) {
    progress.reset()
    state.withLock {
      $0.run = run
      $0.label = label
    }
  }

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
      let part = Double(progress.completed) / Double(max(progress.total, 1))
      let done = (Double(state.run) + min(part, 1)) / Double(max(total, 1))
      let filled = Int(done * 24)
      let bar =
        String(repeating: "█", count: filled) + String(repeating: "░", count: 24 - filled)
      let line = "\r\u{1B}[K\(bar) \(state.run + 1)/\(total) \(state.label)"
      FileHandle.standardError.write(Data(line.utf8))
    }
  }
}
