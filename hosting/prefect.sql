-- Run once by Postgres when its volume is new: Prefect keeps its tables in a database of its own.
create database prefect;
