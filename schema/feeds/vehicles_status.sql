create index if not exists vehicle_status_status on vehicle_status (status);
