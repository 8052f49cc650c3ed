"""The clocks of cases: how clauses count, notices of delay, missed deadlines, reminders, comparison with the partner."""
