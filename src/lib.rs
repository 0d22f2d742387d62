//! The narrowest network path by which ECS Fargate pulls images from private ECR.
pub mod aws;
pub mod commands;
pub mod config;
pub mod diagnostic;
pub mod facts;
pub mod lock;
pub mod plan;
pub mod prefix;
pub mod render;
pub mod yaml;
