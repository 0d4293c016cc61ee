"""Noticing that nobody is there."""

from PySide6.QtGui import QWindow

from app.devices.idle import IdleWatch


def test_the_same_wait_again_leaves_the_time_that_runs_alone(needs_qt: None, qapp: object) -> None:
    """A setting that is synced again does not put the lock off; another one counts from now."""
    window = QWindow()
    watch = IdleWatch(window, 300)
    timer = watch._timer
    started = timer.timerId()
    watch.wait(300)
    assert timer.timerId() == started
    watch.wait(60)
    assert timer.timerId() != started
    assert watch.after_s == 60
