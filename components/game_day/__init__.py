"""Game days: faults made on purpose, as experiments of AWS Fault Injection Service."""

from components.game_day.component import GameDay, GameDayArgs

__all__ = ["GameDay", "GameDayArgs"]
